namespace DynamicRcnn.Data.Demo;

/// <summary>A colour as three values on a 0..255 scale.</summary>
internal readonly record struct DemoColour(double Red, double Green, double Blue)
{
    public static DemoColour Random(DemoRandom random) =>
        new(random.Between(15, 240), random.Between(15, 240), random.Between(15, 240));

    public DemoColour Towards(DemoColour other, double share) =>
        new(
            Red + ((other.Red - Red) * share),
            Green + ((other.Green - Green) * share),
            Blue + ((other.Blue - Blue) * share)
        );

    public DemoColour Scaled(double factor) => new(Red * factor, Green * factor, Blue * factor);

    public double Distance(DemoColour other) =>
        Math.Sqrt(
            ((Red - other.Red) * (Red - other.Red))
                + ((Green - other.Green) * (Green - other.Green))
                + ((Blue - other.Blue) * (Blue - other.Blue))
        );
}

/// <summary>One object of a scene. Fill and rim are drawn independent of the class.</summary>
/// <param name="Shape">Its outline.</param>
/// <param name="Fill">Colour of the inside.</param>
/// <param name="Rim">Colour of the outermost <paramref name="RimWidth"/> pixels.</param>
/// <param name="RimWidth">Pixels.</param>
/// <param name="Shade">Brightness change from one side to the other, -0.3..0.3.</param>
/// <param name="Box">Its ground truth.</param>
internal sealed record DemoObject(
    DemoShape Shape,
    DemoColour Fill,
    DemoColour Rim,
    double RimWidth,
    double Shade,
    DemoBox Box
);

/// <summary>What an image shows: a background and objects from back to front.</summary>
internal sealed record DemoScene(
    int Width,
    int Height,
    DemoColour BackgroundFrom,
    DemoColour BackgroundTo,
    double GradientAngle,
    double Blotches,
    double Stripes,
    double Noise,
    IReadOnlyList<DemoObject> Objects
);
