using System.Text.Json.Nodes;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

/// <summary>Runs of a cascade whose stages all move.</summary>
public sealed class CascadeRunTests : IDisposable
{
    private static readonly string[] cascade =
    [
        // Low enough for the boxes of the first iterations.
        "dynamic.initialIoU=0.05",
        "dynamic.floorIoU=0.05",
        "dynamic.topIoUCount=3",
        "model.cascade.stageIoUs=[0.06,0.07]",
        "model.cascade.boxCoderStd=[0.05,0.05,0.1,0.1,0.033,0.033,0.067,0.067]",
        "model.cascade.lossWeights=[0.5,0.25]",
    ];

    private readonly DrawnRun drawn = new();

    public void Dispose() => drawn.Dispose();

    [Fact]
    public void A_cascade_that_is_stopped_inside_a_window_and_resumed_equals_one_that_is_not_and_each_stage_is_replayed_exactly()
    {
        drawn.Whole("whole", cascade);
        using (TrainingRun first = drawn.Start("parts", drawn.Config(cascade)))
        {
            int asked = 0;
            _ = first.ToEnd(() => asked++ == 4).Last();
            Assert.Equal(4, first.Iteration);
        }
        using (TrainingRun second = drawn.Resume("parts", drawn.Config(cascade)))
        {
            Assert.Empty(second.Differences);
            _ = second.ToEnd(CancellationToken.None).Last();
        }
        TensorFile whole = drawn.Checkpoint("whole", 8);
        TensorFile parts = drawn.Checkpoint("parts", 8);
        Assert.Contains("model.roi_head.2.classes.weight", whole.Tensors.Keys);
        Assert.Equal(DrawnRun.Bits(whole), DrawnRun.Bits(parts));
        Assert.Equal(whole.Metadata["training_state"], parts.Metadata["training_state"]);
        Assert.Equal(drawn.Log("whole"), drawn.Log("parts"));
        string[] rows = File.ReadAllLines(Path.Combine(drawn.Folder("whole"), "metrics.csv"));
        Assert.EndsWith(
            "iou_threshold_3,beta_3,top_iou_3,low_error_3,classification_1,box_1,classification_2,box_2,classification_3,box_3",
            rows[0],
            StringComparison.Ordinal
        );
        foreach (JsonObject line in drawn.Log("whole").Select(line => JsonNode.Parse(line)!.AsObject()))
        {
            JsonObject losses = line["validation_loss"]?.AsObject() ?? line;
            foreach (string name in (string[])["classification", "box"])
            {
                double[] stages = [.. Enumerable.Range(1, 3).Select(stage => (double)losses[$"{name}_{stage}"]!)];
                Assert.Equal((double)losses[name]!, stages.Sum(), tolerance: 1e-5);
                Assert.True(name == "box" || stages.All(loss => loss > 0), "each stage has its classification loss");
            }
        }
        Dictionary<string, string> measured = RunFiles.Table(Path.Combine(drawn.Folder("whole"), "evaluations.csv"))[0];
        Assert.NotEqual("", measured["validation_classification_3"]);
        Assert.Contains(
            RunFiles.Scalars(drawn.Folder("whole")),
            scalar => scalar.Contains("train/box_3", StringComparison.Ordinal)
        );

        DynamicConfig[] schedules = StageSchedules.Of(drawn.Config(cascade).Config);
        HashSet<Setting> reached = [];
        for (int stage = 0; stage < schedules.Length; stage++)
        {
            byte[] recorded = File.ReadAllBytes(RunFolder.Read(drawn.Folder("whole")).StatisticsOf(stage));
            Assert.Equal(recorded, File.ReadAllBytes(RunFolder.Read(drawn.Folder("parts")).StatisticsOf(stage)));
            StatisticsFile file = StatisticsFormat.Read("statistics", recorded).Value;
            ReplayCurve curve = ReplayFold.Run(file, schedules[stage], schedules[stage]).Value;
            Assert.True(ReplayFold.EqualsRecord(file, curve));
            Assert.Empty(curve.IoUThresholdCaveats);
            Assert.True(curve.ChangeCount > 0);
            Assert.True(reached.Add(curve.Last.Setting));
        }
    }

    [Fact]
    public void A_fixed_cascade_keeps_its_thresholds()
    {
        string[] sets = [.. cascade, "dynamic.moveThreshold=false", "dynamic.moveBeta=false", "solver.iterations=4"];
        Stepped last = drawn.Whole("fixed", sets).OfType<Stepped>().Last();
        Assert.Equal([0.05, 0.06, 0.07], last.State.Settings.Select(setting => setting.IoUThreshold));
        Assert.All(last.State.Settings, setting => Assert.Equal(1, setting.Beta));
    }
}
