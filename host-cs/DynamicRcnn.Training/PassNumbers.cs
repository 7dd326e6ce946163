using DynamicRcnn.Core;
using DynamicRcnn.Model;
using DynamicRcnn.Torch;

namespace DynamicRcnn.Training;

/// <summary>What leaves the device of a forward pass: its losses and its raw statistics, image after image.</summary>
/// <param name="Losses">Of the pass, or this process's share of them.</param>
/// <param name="TopIoUs">[entries x ranks].</param>
/// <param name="LowErrors">[entries x ranks].</param>
/// <param name="ProposalCounts">Of each image.</param>
/// <param name="TruthCounts">Of each image.</param>
internal sealed record PassNumbers(
    StepLosses Losses,
    float[] TopIoUs,
    float[] LowErrors,
    float[] ProposalCounts,
    float[] TruthCounts
)
{
    private const int LossCount = 4;

    /// <summary>How many numbers there are; the same for equally many images.</summary>
    internal int Length => LossCount + TopIoUs.Length + LowErrors.Length + ProposalCounts.Length + TruthCounts.Length;

    /// <summary>Copies them to the host: one copy for the statistics.</summary>
    internal static PassNumbers Of(Losses losses, StatisticTensors statistics)
    {
        torch.Tensor[] columns =
        [
            statistics.TopIoUs.view(-1),
            statistics.LowErrors.view(-1),
            statistics.ProposalCounts.to(torch.ScalarType.Float32),
            statistics.GroundTruthCounts.to(torch.ScalarType.Float32),
        ];
        float[] values = ops.to_array<float>(torch.cat(columns));
        int[] ends = new int[columns.Length];
        for (int column = 0, end = 0; column < columns.Length; column++)
        {
            ends[column] = end += (int)columns[column].numel();
        }
        return new PassNumbers(
            StepLosses.Of(losses),
            values[..ends[0]],
            values[ends[0]..ends[1]],
            values[ends[1]..ends[2]],
            values[ends[2]..]
        );
    }

    /// <summary>The statistics of several passes, one after the other.</summary>
    internal static RawGridStatistics Statistics(StatisticsGrid grid, IReadOnlyCollection<PassNumbers> passes) =>
        new(
            grid,
            [.. passes.SelectMany(pass => pass.TopIoUs)],
            [.. passes.SelectMany(pass => pass.LowErrors)],
            [.. passes.SelectMany(pass => pass.ProposalCounts).Select(count => (int)count)],
            [.. passes.SelectMany(pass => pass.TruthCounts).Select(count => (int)count)]
        );

    /// <summary>A pass whose images are shared among processes: the sums of the losses' shares, the images in order.</summary>
    internal static PassNumbers Join(IReadOnlyCollection<PassNumbers> parts) =>
        new(
            StepLosses.Sum([.. parts.Select(part => part.Losses)]),
            [.. parts.SelectMany(part => part.TopIoUs)],
            [.. parts.SelectMany(part => part.LowErrors)],
            [.. parts.SelectMany(part => part.ProposalCounts)],
            [.. parts.SelectMany(part => part.TruthCounts)]
        );

    /// <summary>All numbers as one list.</summary>
    internal double[] Flat() =>
        [
            Losses.RpnObjectness,
            Losses.RpnBox,
            Losses.Classification,
            Losses.Box,
            .. TopIoUs,
            .. LowErrors,
            .. ProposalCounts,
            .. TruthCounts,
        ];

    /// <summary>Another process's numbers from its list, which is laid out like this one's.</summary>
    internal PassNumbers Read(ReadOnlySpan<double> flat)
    {
        int topIoUs = LossCount + TopIoUs.Length;
        int lowErrors = topIoUs + LowErrors.Length;
        int proposals = lowErrors + ProposalCounts.Length;
        return new PassNumbers(
            new StepLosses(flat[0], flat[1], flat[2], flat[3]),
            Floats(flat[LossCount..topIoUs]),
            Floats(flat[topIoUs..lowErrors]),
            Floats(flat[lowErrors..proposals]),
            Floats(flat[proposals..])
        );
    }

    private static float[] Floats(ReadOnlySpan<double> values)
    {
        float[] floats = new float[values.Length];
        for (int i = 0; i < floats.Length; i++)
        {
            floats[i] = (float)values[i];
        }
        return floats;
    }
}
