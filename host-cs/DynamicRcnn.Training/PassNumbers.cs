using DynamicRcnn.Core;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>How the numbers of a forward pass follow each other in a row: the losses, then the statistics, image after image.</summary>
/// <param name="TopIoUs">How many: entries x (1 + ranks).</param>
/// <param name="LowErrors">How many: entries x (1 + ranks).</param>
/// <param name="Images">How many images, each with two counts.</param>
internal readonly record struct PassLayout(int TopIoUs, int LowErrors, int Images)
{
    internal const int Losses = 4;
    internal const int Counts = 4;

    /// <summary>Length of the row; the same for equally many images.</summary>
    internal int Length => Losses + TopIoUs + LowErrors + (Counts * Images);
}

/// <summary>What leaves the device of a forward pass: its losses and its raw statistics, image after image.</summary>
/// <param name="Losses">Of the pass, or this process's share of them.</param>
/// <param name="TopIoUs">[entries x (1 + ranks)].</param>
/// <param name="LowErrors">[entries x (1 + ranks)].</param>
/// <param name="Counts">Proposals, ground truths, overlaps and positives, each a list over the images.</param>
internal sealed record PassNumbers(StepLosses Losses, float[] TopIoUs, float[] LowErrors, float[][] Counts)
{
    /// <summary>How many numbers there are; the same for equally many images.</summary>
    internal int Length => Layout.Length;

    private PassLayout Layout => new(TopIoUs.Length, LowErrors.Length, Counts[0].Length);

    /// <summary>The numbers as a row of float64, which holds all of them exactly, on the device.</summary>
    internal static (torch.Tensor Row, PassLayout Layout) OnDevice(Losses losses, StatisticTensors statistics)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] columns =
        [
            torch.stack([losses.RpnObjectness, losses.RpnBox, losses.Classification, losses.Box]).detach(),
            statistics.TopIoUs.view(-1),
            statistics.LowErrors.view(-1),
            .. statistics.Counts,
        ];
        torch.Tensor row = torch.cat([.. columns.Select(column => column.to(torch.ScalarType.Float64))]);
        return (
            scope.MoveToOuter(row),
            new PassLayout((int)columns[1].numel(), (int)columns[2].numel(), (int)columns[3].numel())
        );
    }

    /// <summary>The statistics of several passes, one after the other.</summary>
    internal static RawGridStatistics Statistics(StatisticsGrid grid, IReadOnlyCollection<PassNumbers> passes) =>
        new(
            grid,
            [.. passes.SelectMany(pass => pass.TopIoUs)],
            [.. passes.SelectMany(pass => pass.LowErrors)],
            CountsOf(passes, 0),
            CountsOf(passes, 1),
            CountsOf(passes, 2),
            CountsOf(passes, 3)
        );

    /// <summary>A pass whose images are shared among processes: the sums of the losses' shares, the images in order.</summary>
    internal static PassNumbers Join(IReadOnlyCollection<PassNumbers> parts) =>
        new(
            StepLosses.Sum([.. parts.Select(part => part.Losses)]),
            [.. parts.SelectMany(part => part.TopIoUs)],
            [.. parts.SelectMany(part => part.LowErrors)],
            [
                .. Enumerable
                    .Range(0, PassLayout.Counts)
                    .Select(kind => parts.SelectMany(part => part.Counts[kind]).ToArray()),
            ]
        );

    private static int[] CountsOf(IReadOnlyCollection<PassNumbers> passes, int kind) =>
        [.. passes.SelectMany(pass => pass.Counts[kind]).Select(count => (int)count)];

    /// <summary>All numbers as one list.</summary>
    internal double[] Flat() =>
        [
            Losses.RpnObjectness,
            Losses.RpnBox,
            Losses.Classification,
            Losses.Box,
            .. TopIoUs,
            .. LowErrors,
            .. Counts.SelectMany(counts => counts),
        ];

    /// <summary>Another process's numbers from its list, which is laid out like this one's.</summary>
    internal PassNumbers Read(ReadOnlySpan<double> flat) => Read(Layout, flat);

    /// <summary>The numbers of a row.</summary>
    internal static PassNumbers Read(PassLayout layout, ReadOnlySpan<double> row)
    {
        int topIoUs = PassLayout.Losses + layout.TopIoUs;
        int lowErrors = topIoUs + layout.LowErrors;
        float[] counts = Floats(row[lowErrors..]);
        return new PassNumbers(
            new StepLosses(row[0], row[1], row[2], row[3]),
            Floats(row[PassLayout.Losses..topIoUs]),
            Floats(row[topIoUs..lowErrors]),
            [.. counts.Chunk(Math.Max(1, layout.Images))]
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
