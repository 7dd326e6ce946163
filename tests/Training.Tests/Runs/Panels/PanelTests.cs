using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs.Panels;

public sealed class PanelTests : IDisposable
{
    // Boxes of a detector that has learnt next to nothing score low; those that count for the panel must exist.
    private static readonly string[] sets = ["solver.iterations=4", "evaluation.interval=2", "checkpoint.interval=2"];

    private readonly DrawnRun drawn = new();

    public void Dispose() => drawn.Dispose();

    [Fact]
    public void A_run_keeps_small_copies_of_validation_images_with_their_ground_truth_and_the_boxes_of_each_evaluation()
    {
        drawn.Whole("run", sets);
        RunFolder folder = RunFolder.Read(drawn.Folder("run"));
        Dataset split = drawn.Split("val");
        Panel panel = PanelJson.Read(folder)!;
        Assert.Equal(split.Classes.Select(name => name.Name), panel.Classes);
        Assert.Equal(split.Images.Select(image => image.Id), panel.Images.Select(image => image.Id));
        foreach ((ImageRecord original, PanelImage kept) in split.Images.Zip(panel.Images))
        {
            ImageSize size = ImageCodec.ReadFileSize(Path.Combine(folder.PanelFolder, kept.Picture));
            Assert.Equal(kept.WrittenSize, size);
            Assert.InRange(Math.Max(size.Width, size.Height), 1, 480);
            Assert.Equal(new ImageSize(original.Width, original.Height), kept.Size);
            Assert.Equal(original.Boxes.Select(box => box.Label), kept.Boxes.Select(box => box.Label));
            Assert.All(
                original.Boxes.Zip(kept.Boxes),
                pair => Assert.Equal(pair.First.X2, pair.Second.X2, 0.051) // written with one decimal
            );
        }
        Assert.Equal([2, 4], folder.PanelEvaluations().Select(entry => entry.Iteration));
        PanelEvaluation last = PanelJson.ReadEvaluation(folder.PanelEvaluations().Last().Path);
        Assert.Equal(4, last.Iteration);
        Assert.Equal(panel.Images.Count, last.Images.Count);
        Assert.All(
            last.Images.SelectMany(image => image),
            box =>
            {
                Assert.InRange(box.Score, 0.05f, 1f);
                Assert.InRange(box.Label, 0, panel.Classes.Count - 1);
            }
        );
        Assert.All(last.Images, image => Assert.Equal(image.OrderByDescending(box => box.Score), image));
    }

    [Fact]
    public void The_boxes_are_those_that_were_evaluated_best_first()
    {
        DetectedObject[] found =
        [
            new(1, 2, 3, 4, 0, 0.04f),
            new(1, 2, 3, 4, 1, 0.5f),
            new(float.NaN, 2, 3, 4, 1, 0.9f),
            new(5.04f, 6, 7, 8, 2, 0.75f),
        ];
        drawn.Whole("run", sets);
        RunFolder folder = RunFolder.Read(drawn.Folder("run"));
        Panel panel = PanelJson.Read(folder)!;
        PanelRecord record = PanelRecord.Open(folder, panel, iteration: 4);
        TrainingState state = TrainingState.Initial(drawn.Config(sets).Config, []);
        EvaluationResult nothing = CocoEvaluation.Evaluate([], [], [1], [1]);
        Dictionary<long, IReadOnlyList<DetectedObject>> kept = new() { [panel.Images[1].Id] = found };
        record.Append(new Evaluated(state, new Measurement(nothing, null, [], kept), IsBest: false, Seconds: 1));
        PanelEvaluation written = PanelJson.ReadEvaluation(folder.PanelOf(0));
        Assert.Empty(written.Images[0]);
        Assert.Equal(
            [new DetectedObject(5, 6, 7, 8, 2, 0.75f), new DetectedObject(1, 2, 3, 4, 1, 0.5f)],
            written.Images[1]
        );
    }

    [Fact]
    public void A_run_that_goes_on_keeps_its_panel_and_forgets_boxes_after_its_checkpoint()
    {
        drawn.Whole("run", [.. sets, "checkpoint.keep=2"]);
        RunFolder folder = RunFolder.Read(drawn.Folder("run"));
        DateTime written = File.GetLastWriteTimeUtc(folder.PanelImagesPath);
        File.Delete(folder.CheckpointOf(4));
        using (TrainingRun run = drawn.Resume("run", drawn.Config([.. sets, "evaluation.panelImages=1"])))
        {
            Assert.IsType<Stepped>(run.ToEnd(CancellationToken.None).First());
        }
        Assert.Equal([2], folder.PanelEvaluations().Select(entry => entry.Iteration));
        Assert.Equal(written, File.GetLastWriteTimeUtc(folder.PanelImagesPath));
        Assert.Equal([0, 2], EnvironmentFile.Read(folder).Select(session => session.Iteration));
    }

    [Fact]
    public void No_panel_is_kept_when_none_is_asked_for()
    {
        drawn.Whole("run", [.. sets, "evaluation.panelImages=0"]);
        RunFolder folder = RunFolder.Read(drawn.Folder("run"));
        Assert.False(Directory.Exists(folder.PanelFolder));
        Assert.Empty(folder.PanelEvaluations());
    }

    [Fact]
    public void An_image_that_cannot_be_decoded_is_not_in_the_panel()
    {
        Dataset split = drawn.Split("val");
        byte[] bytes = File.ReadAllBytes(split.Images[0].Path);
        File.WriteAllBytes(split.Images[0].Path, bytes[..(bytes.Length / 2)]);
        drawn.Whole("run", sets);
        Panel panel = PanelJson.Read(RunFolder.Read(drawn.Folder("run")))!;
        Assert.Equal(split.Images[1].Id, Assert.Single(panel.Images).Id);
    }

    [Fact]
    public void A_damaged_panel_is_named()
    {
        drawn.Whole("run", sets);
        RunFolder folder = RunFolder.Read(drawn.Folder("run"));
        File.WriteAllText(folder.PanelImagesPath, "{\"classes\": 3}");
        RunException error = Assert.Throws<RunException>(() => PanelJson.Read(folder));
        Assert.Contains(folder.PanelImagesPath, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../config.json")]
    [InlineData("/etc/hostname")]
    [InlineData("..")]
    [InlineData("")]
    public void A_panel_that_leads_out_of_its_folder_is_refused(string picture)
    {
        drawn.Whole("run", sets);
        RunFolder folder = RunFolder.Read(drawn.Folder("run"));
        string text = File.ReadAllText(folder.PanelImagesPath);
        File.WriteAllText(
            folder.PanelImagesPath,
            text.Replace("\"00.jpg\"", $"\"{picture}\"", StringComparison.Ordinal)
        );
        RunException error = Assert.Throws<RunException>(() => PanelJson.Read(folder));
        Assert.Contains("no plain file name", error.Message, StringComparison.Ordinal);
    }
}
