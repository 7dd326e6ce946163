using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Model;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>
/// The profile `mmdet` with torchvision's own Faster R-CNN loaded into it, against torchvision, part by part: each is fed what torchvision's was fed
/// up to there. RoIAlign is torchvision's kind, unaligned and with two samples a side.
/// </summary>
public sealed class TorchvisionLayerTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>Height and width of the image, such as 800x1333; small unless this is set.</summary>
    private const string SizeVariable = "DRCNN_PARITY_SIZE";
    private const string SmallSize = "160x216"; // the width is padded
    private const int Classes = 80;

    /// <summary>Largest difference over largest value: float32 sums of some thousand terms in another order.</summary>
    private const double Tolerance = 1e-4;

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-layers-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_part_gives_what_torchvisions_gives()
    {
        string[] size = (Environment.GetEnvironmentVariable(SizeVariable) ?? SmallSize).Split('x');
        Python.RunFile(["torchvision"], "Training.Tests/Weights/torchvision_layers.py", [folder, .. size]);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        Dictionary<string, torch.Tensor> theirs = WeightFile
            .Read(Path.Combine(folder, "layers.pth"))
            .Tensors.ToDictionary(
                entry => entry.Key,
                entry => ops.from_bytes(entry.Value.Data.Span, entry.Value.Shape, entry.Value.Type)
            );
        ModelConfig config = Profile();
        using Detector detector = new(config, Classes);
        ImportedDetector.Load(detector, Path.Combine(folder, "detector.pth"));
        using ResNet backbone = Part(new ResNet(config.Backbone), "backbone.", detector);
        using Fpn fpn = Part(new Fpn(config.Fpn, config.Conventions, backbone.OutChannels), "fpn.", detector);
        using Rpn rpn = Part(new Rpn(config), "rpn.", detector);
        ClassLayout layout = new(Classes, config.Conventions.BackgroundFirst);
        using RoIHead head = Part(new RoIHead(config, layout), "roi_head.", detector);
        Assert.False(config.Conventions.BackgroundFirst); // torchvision's rows are in the other order

        torch.Tensor[] stages = backbone.call(theirs["image"]);
        torch.Tensor[] pyramid = fpn.call(stages);
        RpnOutput proposed = rpn.call(pyramid);
        CompareLevels("stage", stages, theirs);
        CompareLevels("pyramid", pyramid, theirs);
        CompareLevels("objectness", Levels(proposed, proposed.Logits.unsqueeze(-1)), theirs);
        CompareLevels("deltas", Levels(proposed, proposed.Deltas), theirs);

        torch.Tensor[] their = [.. Enumerable.Range(0, pyramid.Length).Select(level => theirs[$"pyramid.{level}"])];
        torch.Tensor boxes = theirs["boxes"].unsqueeze(0);
        torch.Tensor valid = boxes.select(-1, 0).ge(0);
        RoIPooler pooler = new(config.RoIHead, config.Conventions, config.Fpn.FirstLevel);
        Assert.Equal(4, ops.to_array<float>(pooler.Levels(boxes).contiguous()).Distinct().Count());
        Compare("pooled", pooler.Pool(their, boxes, valid), theirs["pooled"]);
        BoxHeadOutput described = head.Describe(their, boxes, valid);
        torch.Tensor classes = theirs["classes"];
        torch.Tensor[] backgroundLast = [classes.narrow(1, 1, Classes), classes.narrow(1, 0, 1)];
        Compare("classes", described.Logits, torch.cat(backgroundLast, 1));
        Compare("regression", described.Deltas, theirs["regression"].narrow(1, 4, 4 * Classes));
    }

    private static ModelConfig Profile()
    {
        string[] sets = ["model.conventions.alignedRoIAlign=false", "model.roiHead.samplingRatio=2"];
        return ConfigText.Resolve(new ConfigSources("mmdet-r50-1x", [], sets, [])).Value.Config.Model;
    }

    /// <summary>A part of the detector on its own, with the detector's weights.</summary>
    private static T Part<T>(T part, string prefix, Detector detector)
        where T : torch.nn.Module
    {
        part.load_state_dict(
            detector
                .state_dict()
                .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value)
        );
        return part;
    }

    /// <summary>The anchors' values [1, A, values] level by level.</summary>
    private static torch.Tensor[] Levels(RpnOutput output, torch.Tensor values)
    {
        long start = 0;
        return Array.ConvertAll(
            output.LevelCounts,
            count =>
            {
                start += count;
                return values[0].narrow(0, start - count, count);
            }
        );
    }

    private void CompareLevels(string name, torch.Tensor[] ours, Dictionary<string, torch.Tensor> theirs)
    {
        Assert.Equal(ours.Length, theirs.Keys.Count(key => key.StartsWith(name + ".", StringComparison.Ordinal)));
        for (int level = 0; level < ours.Length; level++)
        {
            Compare($"{name}.{level}", ours[level], theirs[$"{name}.{level}"]);
        }
    }

    private void Compare(string name, torch.Tensor ours, torch.Tensor theirs)
    {
        Assert.Equal(theirs.shape, ours.shape);
        float largest = theirs.abs().max().item<float>();
        double relative = (ours - theirs).abs().max().item<float>() / largest;
        string shape = string.Join(" x ", theirs.shape);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name, -12} {relative:E2}  [{shape}]"));
        Assert.True(largest > 1e-3, $"{name} is almost zero");
        Assert.True(relative <= Tolerance, $"{name}: {relative:E2}");
    }
}
