using DynamicRcnn.Training.Distributed;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>When a step's buckets of gradients leave, told from the order of its operators and not by a clock.</summary>
public sealed class GradientOverlapTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_bucket_but_the_last_leaves_while_backward_has_convolutions_to_go()
    {
        string[] seen = RankThreads.Run(1, Observe)[0];
        int[] left = Places(seen, "drcnn::all_reduce");
        int[] backward = Places(seen, "dynamic_rcnn::_convolution_backward");
        int[] still = [.. left.Select(place => backward.Count(other => other > place))];
        output.WriteLine($"of {backward.Length} convolutions, to go when a bucket left: {string.Join(", ", still)}");
        Assert.True(left.Length > 2, $"{left.Length} buckets");
        Assert.All(still[..^1], count => Assert.InRange(count, 1, backward.Length));
    }

    private static string[] Observe(ProcessGroup group)
    {
        // R50-FPN's layers: the demo's are so small that two buckets hold them.
        string[] backbone =
        [
            "model.backbone.depth=50",
            "model.backbone.stemChannels=64",
            "model.backbone.frozenStages=2",
        ];
        string[] heads = ["model.fpn.channels=256", "model.roiHead.hiddenUnits=1024"];
        using ObservedStep run = new(group, [.. backbone, .. heads]);
        return ops.observe(() => run.Make());
    }

    private static int[] Places(string[] seen, string name) =>
        [
            .. seen.Index()
                .Where(line => line.Item.StartsWith(name + '\t', StringComparison.Ordinal))
                .Select(line => line.Index),
        ];
}
