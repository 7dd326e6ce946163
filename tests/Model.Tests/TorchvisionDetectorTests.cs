using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests;

/// <summary>Our detector with torchvision's conventions and torchvision's own in float64, with the same weights on the same images.</summary>
public static class TorchvisionDetectorTests
{
    private const int ClassCount = 3;
    private const int DetectionsPerImage = 20;
    private const double Beta = 1.0 / 9; // torchvision's, in both box losses
    private const int Everything = 20_000; // more than there are anchors

    /// <summary>
    /// Length of the difference of two gradients over their length. Where rounding moves a ReLU's input over 0 at one place, the gradient
    /// of what lies before it is another there: which places these are depends on the processor.
    /// </summary>
    internal const double InFloat32 = 2e-2;

    /// <summary>Largest difference over largest gradient. No ReLU's input is so near to 0; proposals are rounded to float32.</summary>
    internal const double InFloat64 = 1e-5;

    /// <summary>The numbers of torchvision_detector.py.</summary>
    private static ModelConfig Config(int depth) =>
        new(
            TestConfig.Backbone(depth, stemChannels: 64, norm: BackboneNorm.FrozenBatchNorm),
            new FpnConfig(channels: 32, norm: false, firstLevel: 2),
            new RpnConfig(
                anchorScale: 8,
                anchorRatios: [0.5, 1, 2],
                positiveIoU: 0.7,
                negativeIoU: 0.3,
                minimumPositiveIoU: 0,
                anchorsPerImage: Everything,
                positiveFraction: 1,
                preNmsTrain: 15,
                preNmsTest: 15,
                postNmsTrain: 40,
                postNmsTest: 40,
                nmsIoU: 0.7,
                lossBeta: Beta
            ),
            new RoIHeadConfig(
                pooledSide: 7,
                samplingRatio: 2,
                hiddenUnits: 64,
                roIsPerImage: Everything,
                positiveFraction: 1,
                classWeights: [],
                boxCoderStd: [0.1, 0.1, 0.2, 0.2],
                scoreThreshold: 0.8,
                nmsIoU: 0.5,
                DetectionsPerImage,
                BoxLoss.SmoothL1,
                boxLossWeight: 1
            ),
            TestConfig.OneHead,
            TestConfig.Changed(
                "alignedRoIAlign=false",
                "lowQualityMatchToGroundTruth=false",
                "clampDeltasBelow=false",
                "backgroundFirst=true"
            )
        );

    [Theory]
    [InlineData(18)]
    [InlineData(50)]
    public static void Detections_losses_and_gradients_equal_torchvisions(int depth)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Tensor> expected = TorchvisionRun.Of("torchvision_detector.py", $"{depth}");
        using Detector detector = new(Config(depth), ClassCount);
        detector.load_state_dict(Under("weights.", expected));
        ImageInput input = new(expected["images"], expected["sizes"], Longs([2], 1, 2));
        CompareDetections(detector, input, expected);
        CompareLosses(detector, input, expected, tolerance: 1e-4).Total.backward();
        Dictionary<string, Tensor> gradients = Under("gradients.", expected);
        CompareGradients(detector, gradients, Length, InFloat32);

        detector.zero_grad();
        detector.to(ScalarType.Float64);
        ImageInput exact = input with { Images = input.Images.to(ScalarType.Float64) };
        CompareLosses(detector, exact, expected, tolerance: 1e-5).Total.backward();
        CompareGradients(detector, gradients, Largest, InFloat64);
    }

    internal static void CompareDetections(Detector detector, ImageInput input, Dictionary<string, Tensor> expected)
    {
        using IDisposable noGrad = torch.no_grad();
        Detections found = detector.detect(input);
        long[] counts = ReadLongs(expected["found.counts"]);
        Assert.Equal(counts, ReadLongs(found.Valid.sum(1)));
        Assert.All(counts, count => Assert.InRange(count, 5, DetectionsPerImage));
        for (int image = 0; image < counts.Length; image++)
        {
            Tensor Rows(Tensor all) => all[image].narrow(0, 0, counts[image]);
            long[] labels = ReadLongs(Rows(expected["found.labels"]));
            Assert.Equal(labels, ReadLongs(Rows(found.Labels)));
            Assert.NotEmpty(labels.Distinct().Skip(1));
            AssertWithin(1e-5, Rows(expected["found.scores"]), Rows(found.Scores));
            AssertWithin(1e-3, Rows(expected["found.boxes"]), Rows(found.Boxes));
        }
    }

    private static Losses CompareLosses(
        Detector detector,
        ImageInput input,
        Dictionary<string, Tensor> expected,
        double tolerance
    )
    {
        Losses losses = detector
            .forward_training(
                input,
                Truth(expected),
                torch.tensor(0.5f),
                torch.tensor((float)Beta),
                TestConfig.Dynamic(),
                new SamplingSeed(1, 1)
            )
            .Losses;
        float[] theirs = Read(expected["losses"]);
        Tensor[] ours = [losses.RpnObjectness, losses.RpnBox, losses.Classification, losses.Box];
        for (int loss = 0; loss < ours.Length; loss++)
            Assert.Equal(theirs[loss], ours[loss].to(ScalarType.Float64).item<double>(), tolerance * theirs[loss]);
        return losses;
    }

    internal static GroundTruth Truth(Dictionary<string, Tensor> expected)
    {
        Tensor rows = torch.arange(expected["truth.boxes"].shape[1], ScalarType.Int64).unsqueeze(0);
        return new GroundTruth(
            expected["truth.boxes"],
            expected["truth.labels"],
            rows < expected["truth.counts"].unsqueeze(1)
        );
    }

    internal static void CompareGradients(
        Detector detector,
        Dictionary<string, Tensor> expected,
        Func<Tensor, double> size,
        double tolerance
    )
    {
        (string Name, Parameter Weight)[] parameters = [.. detector.named_parameters()];
        Assert.Equal(expected.Keys.Order(), parameters.Select(parameter => parameter.Name).Order());
        foreach ((string name, Parameter weight) in parameters)
        {
            double largest = size(expected[name]);
            Assert.True(largest > 0, $"torchvision's gradient of {name} is zero");
            double relative = size(expected[name] - weight.grad!) / largest;
            Assert.True(relative <= tolerance, $"the gradient of {name} is off by {relative:E1}");
        }
    }

    internal static double Largest(Tensor tensor) => tensor.abs().max().to(ScalarType.Float64).item<double>();

    internal static double Length(Tensor tensor) =>
        (tensor * tensor).sum().sqrt().to(ScalarType.Float64).item<double>();

    /// <summary>The entries whose keys begin with a prefix, without it.</summary>
    internal static Dictionary<string, Tensor> Under(string prefix, Dictionary<string, Tensor> entries) =>
        entries
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value);

    private static void AssertWithin(double tolerance, Tensor expected, Tensor actual) =>
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, tolerance);
}
