using DynamicRcnn.Cli.Tests.Commands;
using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Export;

/// <summary>An exported file finds in ONNX Runtime what the detector finds.</summary>
[Collection(TrainedRunTests.Name)] // detectors set the number of threads of the process
public sealed class ExportedDetectorTests : InFolder
{
    [Theory]
    [InlineData("tiny-demo")]
    [InlineData("r50-c4-small")]
    [InlineData("mmdet-r50-1x")]
    [InlineData("official-r50-1x")]
    [InlineData("official-r101-dcn-3x-ms", "model.backbone.depth=50")]
    [InlineData("bench-r18")]
    [InlineData("r50-c4-small-cascade")]
    [InlineData("mmdet-cascade-r50-1x", "model.cascade.scores=MeanOfProbabilities")]
    [InlineData(
        "r50-fpn",
        "model.backbone.norm=GroupNorm",
        "model.backbone.deformableStages=[3]",
        "data.padMultiple=1"
    )]
    [InlineData("tiny-demo", "evaluation.suppressAcrossClasses=true")]
    [InlineData("official-r50-1x", "evaluation.suppressAcrossClasses=true")]
    [InlineData("mmdet-r50-1x", "data.resampling=Pillow", "model.fpn.norm=true", "model.backbone.norm=EvalBatchNorm")]
    public void It_finds_the_same_in_pictures_of_many_sizes(string preset, params string[] sets)
    {
        using TrainedDetector detector = Detector(preset, sets);
        using OnnxDetector exported = Exported(detector);
        ExportCheck check = Check(detector, exported);
        string[] differences = [.. Pictures.All.Select(check.Look).OfType<string>()];
        // Among the proposals, too, rounding may decide; not often.
        Assert.True(differences.Length <= 1, string.Join("\n", differences));
        Assert.True(check.Undecided <= check.Found / 20, $"{check.Undecided} of {check.Found}");
        Assert.True(check.Found > 10 * Pictures.All.Count, $"only {check.Found} detections");
        Assert.Equal(detector.Classes, exported.Classes);
        Assert.Equal(detector.Config.Model.Conventions.BoxOffset, exported.BoxOffset);
    }

    [Fact]
    public void A_detector_that_finds_nothing_gives_no_rows()
    {
        string[] ties = ["model.conventions.keepTiesAtCap=true", "model.roiHead.scoreThreshold=0.99999"];
        using TrainedDetector detector = Detector("tiny-demo", ties);
        using OnnxDetector exported = Exported(detector);
        Assert.Empty(detector.Detect(Pictures.Drawn((64, 64))));
        Assert.Empty(exported.Detect(Pictures.Drawn((64, 64))));
    }

    [Fact]
    public void The_check_says_what_differs()
    {
        using TrainedDetector detector = Detector("tiny-demo");
        using TrainedDetector other = Detector("tiny-demo", "model.roiHead.nmsIoU=0.3");
        using OnnxDetector exported = Exported(other);
        ExportCheck check = Check(detector, exported);
        Assert.Matches(
            @"^the detector finds \d+ objects? that the file has not within 0\.001 pixels and a score of 0\.0001, such as ",
            check.Look(Pictures.Drawn((320, 240)))
        );
    }

    private static ExportCheck Check(TrainedDetector detector, IObjectDetector exported) =>
        new(detector, exported, detector.Config);

    private TrainedDetector Detector(string preset, params string[] sets)
    {
        string path = folder.Path($"{Guid.NewGuid()}.safetensors");
        RandomDetector.Write(path, preset, sets);
        return TrainedDetector.Load(path);
    }

    private OnnxDetector Exported(TrainedDetector detector)
    {
        string path = folder.Path($"{Guid.NewGuid()}.onnx");
        AtomicFile.Write(path, stream => OnnxExport.Write(stream, detector, new OnnxForm()));
        return OnnxDetector.Load(path, threads: 1);
    }
}
