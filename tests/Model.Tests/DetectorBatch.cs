using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests;

/// <summary>Two images of 64 x 96 with bright rectangles, and the boxes around them.</summary>
internal sealed record DetectorBatch(ImageInput Input, GroundTruth Truth)
{
    public const int Height = 64;
    public const int Width = 96;
    public const int ClassCount = 2;

    private static readonly (float[] Boxes, long[] Labels)[] Annotations =
    [
        ([8, 8, 40, 40, 50, 20, 90, 60], [0, 1]),
        ([30, 10, 70, 50], [1]),
    ];

    /// <param name="garbage">What padding rows of the ground truth hold.</param>
    /// <param name="rows">Rows of the ground truth, at least 2.</param>
    public static DetectorBatch Make(float garbage = 0, int rows = 4)
    {
        float[] pixels = new float[2 * 3 * Height * Width];
        for (int image = 0; image < 2; image++)
        for (int box = 0; box < Annotations[image].Labels.Length; box++)
            Draw(pixels, image, Box(Annotations[image].Boxes, box), Annotations[image].Labels[box]);
        ImageInput input = new(
            Floats([2, 3, Height, Width], pixels),
            Floats([2, 2], Height, Width, Height, Width),
            Longs([2], 101, 102)
        );
        return new DetectorBatch(input, TestTensors.Truth(garbage, rows, Annotations));
    }

    /// <summary>One image of the batch alone, in the same padding.</summary>
    public DetectorBatch Single(long image) =>
        new(
            new ImageInput(
                Input.Images.narrow(0, image, 1),
                Input.Sizes.narrow(0, image, 1),
                Input.ImageIds.narrow(0, image, 1)
            ),
            new GroundTruth(
                Truth.Boxes.narrow(0, image, 1),
                Truth.Labels.narrow(0, image, 1),
                Truth.Valid.narrow(0, image, 1)
            )
        );

    /// <summary>A training forward pass at fixed seed.</summary>
    public TrainingOutput Train(Detector detector, double iouThreshold = 0.5, double beta = 1, long iteration = 1) =>
        Train(detector, TestConfig.Dynamic(), iouThreshold, beta, iteration);

    public TrainingOutput Train(
        Detector detector,
        DynamicConfig dynamic,
        double iouThreshold = 0.5,
        double beta = 1,
        long iteration = 1
    ) =>
        detector.forward_training(
            Input,
            Truth,
            torch.tensor((float)iouThreshold),
            torch.tensor((float)beta),
            dynamic,
            new SamplingSeed(3, iteration),
            StatisticsGrid.Of(dynamic)
        );

    private static void Draw(float[] pixels, int image, ReadOnlySpan<float> box, long label)
    {
        for (int y = (int)box[1]; y < (int)box[3]; y++)
        for (int x = (int)box[0]; x < (int)box[2]; x++)
            pixels[((image * 3 + (int)label) * Height + y) * Width + x] = 2;
    }
}
