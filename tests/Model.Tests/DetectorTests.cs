using DynamicRcnn.Tests;
using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests;

public static class DetectorTests
{
    private static Detector Make(ModelConfig? config = null, long seed = 1)
    {
        torch.manual_seed(seed);
        return new Detector(config ?? TestConfig.Model(), DetectorBatch.ClassCount);
    }

    private static float[] Values(Losses losses) =>
        [
            .. new[] { losses.RpnObjectness, losses.RpnBox, losses.Classification, losses.Box }.Select(loss =>
                loss.item<float>()
            ),
        ];

    public static TheoryData<bool, int, int> Kinds =>
        new()
        {
            { false, 18, 4 },
            { true, 18, 4 },
            { false, 50, 3 },
        };

    [Theory]
    [MemberData(nameof(Kinds))]
    public static void A_training_pass_gives_four_finite_losses_and_detection_padded_rows(
        bool official,
        int depth,
        int lastStage
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conventions conventions = official ? TestConfig.Official : TestConfig.MMDetection;
        using Detector detector = Make(
            TestConfig.Model(TestConfig.Backbone(depth, lastStage: lastStage), conventions: conventions)
        );
        DetectorBatch batch = DetectorBatch.Make();
        TrainingOutput output = batch.Train(detector);
        Assert.All(Values(output.Losses), loss => Assert.InRange(loss, 1e-6, 100));
        Assert.Equal(Values(output.Losses).Sum(), output.Losses.Total.item<float>(), 1e-5);
        Assert.Equal(
            [2, 1 + StatisticsGrid.Of(TestConfig.Dynamic()).TopIoUCounts.Length],
            output.Statistics.TopIoUs.shape
        );

        using IDisposable noGrad = torch.no_grad();
        Detections detections = detector.detect(batch.Input);
        Assert.Equal([2, 20, 4], detections.Boxes.shape);
        Assert.Equal([2, 20], detections.Valid.shape);
        Assert.All(ReadLongs(detections.Labels), label => Assert.InRange(label, 0, 1));
        float[] scores = Read(detections.Scores);
        if (!official)
            Assert.Equal(scores[..20].OrderDescending(), scores[..20]);
        float[] boxes = Read(detections.Boxes);
        Assert.InRange(boxes.Where((_, index) => index % 2 == 0).Max(), 0, DetectorBatch.Width);
        Assert.InRange(boxes.Where((_, index) => index % 2 == 1).Max(), 0, DetectorBatch.Height);
    }

    [Fact]
    public static void Weights_repeat_with_the_seed()
    {
        using Detector first = Make(seed: 5);
        using Detector second = Make(seed: 5);
        using Detector other = Make(seed: 6);
        float[] weights = Read(first.state_dict()["roi_head.classes.weight"]);
        Assert.Equal(weights, Read(second.state_dict()["roi_head.classes.weight"]));
        Assert.NotEqual(weights, Read(other.state_dict()["roi_head.classes.weight"]));
    }

    [Fact]
    public static void The_state_dict_has_the_documented_names()
    {
        using Detector detector = Make();
        Dictionary<string, Tensor> state = detector.state_dict();
        string[] expected =
        [
            "backbone.conv1.weight",
            "backbone.layer4.1.bn2.bias",
            "fpn.lateral.0.weight",
            "fpn.output.3.weight",
            "fpn.lateral_norm.0.weight",
            "rpn.conv.weight",
            "rpn.objectness.bias",
            "rpn.deltas.bias",
            "roi_head.fc1.weight",
            "roi_head.fc2.bias",
            "roi_head.classes.weight",
            "roi_head.deltas.weight",
        ];
        Assert.All(expected, name => Assert.True(state.ContainsKey(name), name));
    }

    [Fact]
    public static void A_detector_outlives_the_scope_that_it_is_made_in_and_leaves_no_tensor()
    {
        _ = TensorCount.Settled();
        long before = ops.live_tensors;
        BackboneConfig backbone = TestConfig.Backbone(
            50,
            norm: BackboneNorm.FrozenBatchNorm,
            lastStage: 4,
            deformableStages: [3]
        );
        Detector detector;
        using (torch.NewDisposeScope())
            detector = new Detector(TestConfig.Model(backbone), DetectorBatch.ClassCount);
        using (torch.NewDisposeScope())
            Assert.All(
                detector.state_dict(),
                entry => Assert.True(entry.Value.isfinite().all().item<bool>(), entry.Key)
            );
        detector.Dispose();
        Assert.Equal(before, ops.live_tensors);
    }

    [Fact]
    public static void Twenty_steps_on_one_batch_lower_the_loss_and_keep_no_tensor()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Detector detector = Make();
        DetectorBatch batch = DetectorBatch.Make();
        _ = TensorCount.Settled();
        List<float> losses = [];
        List<long> handles = [];
        for (int step = 0; step < 20; step++)
        {
            losses.Add(Descend(detector, batch, learningRate: 0.01));
            handles.Add(ops.live_tensors);
        }
        Assert.All(losses, loss => Assert.True(float.IsFinite(loss)));
        // Last bits decide which RoIs are drawn: from 25 weights that differ by 1e-6 of themselves, 0.57 to 0.69 of the loss was left.
        Assert.True(losses[^3..].Average() < 0.85 * losses[..3].Average(), string.Join(' ', losses));
        Assert.Equal(handles[4], handles[^1]);
    }

    /// <summary>One step of gradient descent; the same RoIs and anchors are drawn every time.</summary>
    private static float Descend(Detector detector, DetectorBatch batch, double learningRate)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor total = batch.Train(detector).Losses.Total;
        total.backward();
        using IDisposable noGrad = torch.no_grad();
        foreach ((string _, Parameter parameter) in detector.named_parameters())
        {
            if (parameter.grad is { } gradient)
                parameter.add_(gradient * -learningRate);
        }
        detector.zero_grad();
        return total.item<float>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public static void A_batch_of_two_measures_and_detects_what_two_single_images_do(int frozenStages)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Detector detector = Make(TestConfig.Model(TestConfig.Backbone(frozenStages: frozenStages)));
        DetectorBatch batch = DetectorBatch.Make();
        StatisticTensors both = batch.Train(detector).Statistics;
        Detections detections;
        using (torch.no_grad())
            detections = detector.detect(batch.Input);
        for (int image = 0; image < 2; image++)
        {
            DetectorBatch single = batch.Single(image);
            StatisticTensors alone = single.Train(detector).Statistics;
            // Convolutions of another batch size may add in another order.
            Close(Read(both.TopIoUs.narrow(0, image, 1)), Read(alone.TopIoUs), 1e-3);
            Close(Read(both.LowErrors.narrow(0, image, 1)), Read(alone.LowErrors), 1e-3);
            Assert.Equal(ReadLongs(both.ProposalCounts)[image], ReadLongs(alone.ProposalCounts)[0]);
            using IDisposable noGrad = torch.no_grad();
            Detections own = detector.detect(single.Input);
            Close(Read(detections.Scores.narrow(0, image, 1)), Read(own.Scores), 1e-3);
        }
    }

    [Theory]
    [InlineData(1e9f)]
    [InlineData(-3f)]
    [InlineData(float.NaN)]
    public static void Padding_rows_never_influence_anything(float garbage)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Detector detector = Make();
        TrainingOutput clean = DetectorBatch.Make(0, rows: 3).Train(detector);
        TrainingOutput padded = DetectorBatch.Make(garbage, rows: 3).Train(detector);
        Assert.Equal(Values(clean.Losses), Values(padded.Losses));
        Assert.Equal(Read(clean.Statistics.TopIoUs), Read(padded.Statistics.TopIoUs));
        Assert.Equal(Read(clean.Statistics.LowErrors), Read(padded.Statistics.LowErrors));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public static void Hostile_ground_truth_gives_finite_losses_and_gradients(int rule)
    {
        StatisticsRule[] rules = [StatisticsRule.ProposalsOnly, StatisticsRule.Official, StatisticsRule.MMDetection];
        float[] many = RandomBoxes(new Random(9), 2000, DetectorBatch.Height);
        (float[] Boxes, long[] Labels)[] images =
        [
            ([], []),
            ([3, 3, 4, 4], [1]), // one pixel
            ([0, 0, 96, 64], [0]),
            (many, [.. Enumerable.Range(0, 2000).Select(index => (long)(index % 2))]),
        ];
        foreach ((float[] Boxes, long[] Labels) first in images)
        foreach (int rows in new[] { first.Labels.Length, Math.Max(1, first.Labels.Length) + 2 })
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Detector detector = Make();
            GroundTruth truth = Truth(float.NaN, rows, first, first);
            DetectorBatch batch = DetectorBatch.Make() with { Truth = truth };
            TrainingOutput output = batch.Train(detector, TestConfig.Dynamic(rules[rule]), beta: 0);
            output.Losses.Total.backward();
            Assert.All(Values(output.Losses), loss => Assert.True(float.IsFinite(loss)));
            foreach ((string name, Parameter parameter) in detector.named_parameters())
                Assert.True(parameter.grad!.isfinite().all().item<bool>(), name);
            Assert.All(
                Read(output.Statistics.TopIoUs),
                value => Assert.True(value is (>= 0 and <= 1) or (float)StatisticTensors.NotMeasured)
            );
            Assert.All(Read(output.Statistics.LowErrors), value => Assert.True(float.IsFinite(value)));
        }
    }

    [Fact]
    public static void Threshold_and_beta_act_in_the_pass_that_gets_them_and_in_no_other()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Detector detector = Make();
        DetectorBatch batch = DetectorBatch.Make();
        float[] first = Values(batch.Train(detector, 0.5, 1).Losses);
        float[] higher = Values(batch.Train(detector, 0.95, 1).Losses);
        float[] sharper = Values(batch.Train(detector, 0.5, 0.05).Losses);
        float[] again = Values(batch.Train(detector, 0.5, 1).Losses);
        Assert.Equal(first, again);
        Assert.Equal(first[..2], higher[..2]);
        Assert.NotEqual(first[2], higher[2]);
        Assert.Equal(first[..3], sharper[..3]);
        Assert.True(sharper[3] > first[3]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public static void Gradients_reach_exactly_what_is_not_frozen(int frozenStages)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        BackboneConfig backbone = TestConfig.Backbone(frozenStages: frozenStages, norm: BackboneNorm.EvalBatchNorm);
        using Detector detector = Make(TestConfig.Model(backbone));
        DetectorBatch.Make().Train(detector).Losses.Total.backward();
        string[] parts = ["conv1", "layer1", "layer2", "layer3", "layer4"];
        string[] frozen = parts[..frozenStages];
        foreach ((string name, Parameter parameter) in detector.named_parameters())
        {
            string[] words = name.Split('.');
            string part = words[1] == "bn1" ? "conv1" : words[1];
            bool isFrozen = words[0] == "backbone" && frozen.Contains(part);
            Assert.Equal(isFrozen, parameter.grad is null);
            Assert.Equal(!isFrozen, parameter.requires_grad);
        }
    }

    [Fact]
    public static void A_frozen_batch_norm_has_no_parameter()
    {
        BackboneConfig backbone = TestConfig.Backbone(frozenStages: 2, norm: BackboneNorm.FrozenBatchNorm);
        using Detector detector = Make(TestConfig.Model(backbone));
        Assert.DoesNotContain(
            detector.named_parameters(),
            named => named.Item1.Contains("bn", StringComparison.Ordinal)
        );
    }

    [Fact]
    public static void The_summary_counts_each_part()
    {
        using Detector detector = Make(TestConfig.Model(TestConfig.Backbone(frozenStages: 1), fpnNorm: false));
        DetectorSummary summary = DetectorSummary.Of(detector);
        Assert.Equal(["backbone", "fpn", "rpn", "roi_head"], summary.Parts.Select(part => part.Name));
        DetectorPart rpn = summary.Parts[2];
        Assert.Equal(16 * 16 * 9 + 16 + (16 + 1) * 3 + (16 + 1) * 12, rpn.ParameterCount);
        Assert.Equal(rpn.ParameterCount, rpn.TrainedCount);
        DetectorPart backbone = summary.Parts[0];
        Assert.Equal(8 * 3 * 49 + 16, backbone.ParameterCount - backbone.TrainedCount);
    }
}
