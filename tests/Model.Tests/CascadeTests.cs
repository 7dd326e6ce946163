using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests;

/// <summary>What a row of box heads adds to a detector.</summary>
public sealed class CascadeTests
{
    private static Detector Make(CascadeScores? scores = null)
    {
        torch.manual_seed(5);
        return new Detector(TestConfig.Model(cascade: TestConfig.Cascade(scores)), DetectorBatch.ClassCount);
    }

    private static StageSetting[] Settings(params double[] thresholds) =>
        [
            .. thresholds.Select(threshold => new StageSetting(
                torch.tensor((float)threshold),
                torch.tensor(1f),
                TestConfig.Dynamic()
            )),
        ];

    [Fact]
    public void Each_stage_has_layers_of_its_own_and_one_box_for_all_classes()
    {
        using Detector detector = Make();
        Dictionary<string, Tensor> state = detector.state_dict();
        Assert.DoesNotContain("roi_head.classes.weight", state.Keys);
        for (int stage = 0; stage < 3; stage++)
        {
            Assert.Equal(DetectorBatch.ClassCount + 1, state[$"roi_head.{stage}.classes.weight"].shape[0]);
            Assert.Equal(4, state[$"roi_head.{stage}.deltas.weight"].shape[0]);
        }
        Assert.Equal(
            ["backbone", "fpn", "rpn", "roi_head"],
            DetectorSummary.Of(detector).Parts.Select(part => part.Name)
        );
    }

    [Fact]
    public void The_settings_of_all_stages_are_asked_for()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Detector detector = Make();
        DetectorBatch batch = DetectorBatch.Make();
        ArgumentException error = Assert.Throws<ArgumentException>(() => batch.Train(detector));
        Assert.Contains(
            "got 1, expected one for each of the detector's 3 box heads",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_later_stage_is_given_what_the_one_before_sampled_without_the_ground_truth_and_sends_no_gradient_back()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Detector detector = Make();
        DetectorBatch batch = DetectorBatch.Make();
        TrainingOutput output = detector.forward_training(
            batch.Input,
            batch.Truth,
            Settings(0.5, 0.6, 0.7),
            new SamplingSeed(3, 1)
        );
        Assert.Equal([1, 0.5, 0.25], output.Stages.Select(stage => stage.LossWeight));
        int sampled = TestConfig.RoIHead().RoIsPerImage;
        // Of the first stage's sample, ground truth included, at least one row an image is a ground truth.
        foreach (StageOutput stage in output.Stages.Skip(1))
            Assert.All(ReadLongs(stage.Statistics.ProposalCounts), count => Assert.InRange(count, 1, sampled - 1));

        (Tensor _, Tensor box) = output.Stages[2].RoIs.Means();
        box.backward();
        Dictionary<string, Parameter> parameters = detector
            .named_parameters()
            .ToDictionary(named => named.name, named => named.parameter);
        Assert.True(IsMoved(parameters["roi_head.2.deltas.weight"]));
        Assert.True(IsMoved(parameters["fpn.output.0.weight"]));
        Assert.False(IsMoved(parameters["roi_head.1.deltas.weight"]));
        Assert.False(IsMoved(parameters["roi_head.0.fc1.weight"]));
    }

    [Fact]
    public void Stages_draw_from_streams_of_their_own()
    {
        RoIHeadConfig head = TestConfig.RoIHead(roIsPerImage: 8);
        GroundTruth truth = PaddedTruth.From(DetectorBatch.Make().Truth);
        Tensor boxes = torch.rand([2, 100, 4]);
        Tensor ordered = torch.cat([boxes.narrow(2, 0, 2) * 40, 45 + boxes.narrow(2, 2, 2) * 40], 2);
        long[] Drawn(int stage)
        {
            RoISampler sampler = new(head, TestConfig.New, stage);
            Candidates candidates = sampler.Match(ordered, torch.ones([2, 100], ScalarType.Bool), truth);
            return ReadLongs(
                sampler.Draw(candidates, truth, torch.tensor(0.5f), Longs([2], 1, 2), new SamplingSeed(1, 1)).Rows
            );
        }
        Assert.Equal(Drawn(0), Drawn(0));
        Assert.NotEqual(Drawn(0), Drawn(1));
        Assert.NotEqual(Drawn(1), Drawn(2));
    }

    [Fact]
    public void Scores_are_means_of_logits_or_of_probabilities_and_all_classes_have_one_box()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        DetectorBatch batch = DetectorBatch.Make();
        using Detector logits = Make(CascadeScores.MeanOfLogits);
        using Detector probabilities = Make(CascadeScores.MeanOfProbabilities);
        // Heads that say nothing but their biases: no box moves.
        foreach (Detector detector in new[] { logits, probabilities })
        {
            foreach ((string name, Tensor weight) in detector.state_dict())
            {
                if (
                    name.StartsWith("roi_head.", StringComparison.Ordinal)
                    && (
                        name.Contains("classes", StringComparison.Ordinal)
                        || name.Contains("deltas", StringComparison.Ordinal)
                    )
                )
                    weight.zero_();
            }
            detector.state_dict()["roi_head.0.classes.bias"].copy_(Floats([3], 3, 0, 0));
            detector.state_dict()["roi_head.1.classes.bias"].copy_(Floats([3], 0, 3, 0));
        }
        ClassBoxes Found(Detector detector)
        {
            Tensor[] features = detector.Features(batch.Input);
            return detector.Describe(features, detector.Propose(features, batch.Input), batch.Input);
        }
        ClassBoxes mean = Found(logits);
        double e = Math.Exp(1);
        Assert.Equal(e / (e + e + 1), mean.Scores[0, 0].item<float>(), 1e-5);
        double p = Math.Exp(3) / (Math.Exp(3) + 2);
        double q = 1 / (Math.Exp(3) + 2);
        Assert.Equal((p + q + 1.0 / 3) / 3, Found(probabilities).Scores[0, 0].item<float>(), 1e-5);
        Assert.Equal(Read(mean.Boxes[0, 0]), Read(mean.Boxes[0, 1]));
    }

    private static bool IsMoved(Parameter parameter) =>
        parameter.grad is { } gradient && gradient.abs().max().item<float>() > 0;
}
