using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests;

/// <summary>Our cascade and one written out of torchvision's parts, with the same weights on the same images.</summary>
public static class TorchvisionCascadeTests
{
    private const int ClassCount = 3;
    private const double RpnBeta = 1.0 / 9; // torchvision's

    // The numbers of torchvision_cascade.py.
    private static readonly double[] thresholds = [0.15, 0.2, 0.25];
    private static readonly double[] betas = [1, 0.6, 0.4];

    private static ModelConfig Config { get; } =
        new(
            TestConfig.Backbone(18, stemChannels: 64, norm: BackboneNorm.FrozenBatchNorm),
            new FpnConfig(channels: 32, norm: false, firstLevel: 2),
            new RpnConfig(
                anchorScale: 8,
                anchorRatios: [0.5, 1, 2],
                positiveIoU: 0.7,
                negativeIoU: 0.3,
                minimumPositiveIoU: 0,
                anchorsPerImage: 20_000, // more than there are
                positiveFraction: 1,
                preNmsTrain: 15,
                preNmsTest: 15,
                postNmsTrain: 40,
                postNmsTest: 40,
                nmsIoU: 0.7,
                RpnBeta
            ),
            new RoIHeadConfig(
                pooledSide: 7,
                samplingRatio: 2,
                hiddenUnits: 64,
                roIsPerImage: 50, // more than 40 proposals and 5 ground truths
                positiveFraction: 1,
                classWeights: [],
                boxCoderStd: [0.1, 0.1, 0.2, 0.2],
                scoreThreshold: 0.45,
                nmsIoU: 0.5,
                detectionsPerImage: 20,
                BoxLoss.SmoothL1,
                boxLossWeight: 1
            ),
            TestConfig.Cascade(),
            TestConfig.Changed(
                "alignedRoIAlign=false",
                "lowQualityMatchToGroundTruth=false",
                "clampDeltasBelow=false",
                "backgroundFirst=false"
            )
        );

    [Fact]
    public static void Detections_losses_and_gradients_of_a_cascade_equal_the_written_out_ones()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Tensor> expected = TorchvisionRun.Of("torchvision_cascade.py");
        using Detector detector = new(Config, ClassCount);
        detector.load_state_dict(TorchvisionDetectorTests.Under("weights.", expected));
        ImageInput input = new(expected["images"], expected["sizes"], Longs([2], 1, 2));
        TorchvisionDetectorTests.CompareDetections(detector, input, expected);
        CompareLosses(detector, input, expected, tolerance: 1e-4).Total.backward();
        Dictionary<string, Tensor> gradients = TorchvisionDetectorTests.Under("gradients.", expected);
        TorchvisionDetectorTests.CompareGradients(
            detector,
            gradients,
            TorchvisionDetectorTests.Length,
            TorchvisionDetectorTests.InFloat32
        );

        detector.zero_grad();
        detector.to(ScalarType.Float64);
        ImageInput exact = input with { Images = input.Images.to(ScalarType.Float64) };
        CompareLosses(detector, exact, expected, tolerance: 1e-5).Total.backward();
        TorchvisionDetectorTests.CompareGradients(
            detector,
            gradients,
            TorchvisionDetectorTests.Largest,
            TorchvisionDetectorTests.InFloat64
        );
    }

    private static Losses CompareLosses(
        Detector detector,
        ImageInput input,
        Dictionary<string, Tensor> expected,
        double tolerance
    )
    {
        TrainingOutput output = detector.forward_training(
            input,
            TorchvisionDetectorTests.Truth(expected),
            [
                .. thresholds.Zip(
                    betas,
                    (threshold, beta) =>
                        new StageSetting(
                            torch.tensor((float)threshold),
                            torch.tensor((float)beta),
                            TestConfig.Dynamic()
                        )
                ),
            ],
            new SamplingSeed(1, 1)
        );
        (Tensor objectness, Tensor rpnBox) = output.Rpn.Means();
        List<Tensor> ours = [objectness, rpnBox];
        foreach (StageOutput stage in output.Stages)
        {
            (Tensor classes, Tensor box) = stage.RoIs.Means();
            ours.AddRange([classes, box]);
        }
        float[] theirs = Read(expected["losses"]);
        Assert.Equal(theirs.Length, ours.Count);
        for (int loss = 0; loss < theirs.Length; loss++)
            Assert.Equal(theirs[loss], ours[loss].to(ScalarType.Float64).item<double>(), tolerance * theirs[loss]);
        return output.Losses;
    }
}
