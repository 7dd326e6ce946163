namespace DynamicRcnn.Data.Demo;

/// <summary>Draws lots for a scene: objects that may overlap, none of them mostly hidden or mostly outside.</summary>
internal static class DemoSceneComposer
{
    private const int SmallestSide = 192;
    private const int SideStep = 16;
    private const int SideSteps = 4;
    private const double LeastVisible = 0.6;
    private const double LeastInside = 0.75;
    private const double LeastContrast = 70;
    private const int TriesPerObject = 25;

    public static DemoScene Compose(DemoRandom random, DemoSceneOptions options)
    {
        int width = SmallestSide + (SideStep * random.Whole(0, SideSteps));
        int height = SmallestSide + (SideStep * random.Whole(0, SideSteps));
        DemoColour from = DemoColour.Random(random);
        DemoColour to = from.Towards(DemoColour.Random(random), 0.6);
        var scene = new DemoScene(
            width,
            height,
            from,
            to,
            GradientAngle: random.Between(0, 2 * Math.PI),
            Blotches: random.Between(0, 40),
            Stripes: random.Unit() < 0.3 ? random.Between(5, 20) : 0,
            Noise: random.Between(2, 12),
            Objects: []
        );
        return scene with { Objects = Objects(random, scene, options) };
    }

    private static List<DemoObject> Objects(DemoRandom random, DemoScene scene, DemoSceneOptions options)
    {
        int wanted = random.Whole(options.FewestObjects, options.MostObjects);
        var ground = new DemoGround(scene.Width, scene.Height, LeastVisible, LeastInside);
        var objects = new List<DemoObject>(wanted);

        // A crowded scene may have no room left for a large object: each try draws a new size and place.
        for (int attempt = 0; objects.Count < wanted && attempt < TriesPerObject * options.MostObjects; attempt++)
        {
            DemoShape shape = Shape(random, scene, options);
            if (ground.TryAdd(shape) is { } box)
            {
                objects.Add(Paint(random, scene, shape, box));
            }
        }

        return objects;
    }

    private static DemoShape Shape(DemoRandom random, DemoScene scene, DemoSceneOptions options)
    {
        DemoShapeKind kind = Kind(random, options.ClassShares);

        // The exponent of a uniform number: as many objects between 8 and 16 pixels as between 16 and 32.
        double radius = options.SmallestSize / 2 * Math.Pow(options.LargestSize / options.SmallestSize, random.Unit());
        return new DemoShape(
            kind,
            random.Between(0, scene.Width),
            random.Between(0, scene.Height),
            radius,
            random.Between(0, 2 * Math.PI)
        );
    }

    private static DemoShapeKind Kind(DemoRandom random, IReadOnlyList<double> shares)
    {
        double left = random.Unit() * shares.Sum();
        int kind = 0;
        while (kind < shares.Count - 1 && left >= shares[kind])
        {
            left -= shares[kind];
            kind++;
        }

        return (DemoShapeKind)kind;
    }

    private static DemoObject Paint(DemoRandom random, DemoScene scene, DemoShape shape, DemoBox box)
    {
        DemoColour behind = scene.BackgroundFrom.Towards(scene.BackgroundTo, 0.5);
        DemoColour fill;
        do
        {
            fill = DemoColour.Random(random);
        } while (
            fill.Distance(scene.BackgroundFrom) < LeastContrast
            || fill.Distance(scene.BackgroundTo) < LeastContrast
            || fill.Distance(behind) < LeastContrast
        );

        return new DemoObject(
            shape,
            fill,
            Rim: fill.Scaled(random.Between(0.35, 0.7)),
            RimWidth: random.Between(0.8, 1 + (shape.Radius / 16)),
            Shade: random.Between(-0.25, 0.25),
            box
        );
    }
}
