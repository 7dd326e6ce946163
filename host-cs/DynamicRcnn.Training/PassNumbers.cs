using DynamicRcnn.Core;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>How the numbers of a forward pass follow each other in a row: the losses, then the statistics of each box head, image after image.</summary>
/// <param name="TopIoUs">How many of a box head: entries x (1 + ranks).</param>
/// <param name="LowErrors">How many of a box head: entries x (1 + ranks).</param>
/// <param name="Images">How many images, each with its counts.</param>
/// <param name="Stages">Box heads.</param>
internal readonly record struct PassLayout(int TopIoUs, int LowErrors, int Images, int Stages)
{
    internal const int Counts = 4;

    internal int Losses => StepLosses.LengthOf(Stages);

    /// <summary>Numbers of a box head.</summary>
    internal int StageLength => TopIoUs + LowErrors + (Counts * Images);

    /// <summary>Length of the row; the same for equally many images.</summary>
    internal int Length => Losses + (Stages * StageLength);
}

/// <summary>The raw statistics of a box head, image after image.</summary>
/// <param name="TopIoUs">[entries x (1 + ranks)].</param>
/// <param name="LowErrors">[entries x (1 + ranks)].</param>
/// <param name="Counts">Proposals, ground truths, overlaps and positives, each a list over the images.</param>
internal sealed record StageNumbers(float[] TopIoUs, float[] LowErrors, float[][] Counts)
{
    internal IEnumerable<float> Flat => [.. TopIoUs, .. LowErrors, .. Counts.SelectMany(counts => counts)];

    /// <summary>Those of parts of a batch, the images in order.</summary>
    internal static StageNumbers Join(IReadOnlyCollection<StageNumbers> parts) =>
        new(
            [.. parts.SelectMany(part => part.TopIoUs)],
            [.. parts.SelectMany(part => part.LowErrors)],
            [
                .. Enumerable
                    .Range(0, PassLayout.Counts)
                    .Select(kind => parts.SelectMany(part => part.Counts[kind]).ToArray()),
            ]
        );

    internal static StageNumbers Read(PassLayout layout, ReadOnlySpan<double> row)
    {
        int lowErrors = layout.TopIoUs + layout.LowErrors;
        return new StageNumbers(
            Floats(row[..layout.TopIoUs]),
            Floats(row[layout.TopIoUs..lowErrors]),
            [.. Floats(row[lowErrors..]).Chunk(Math.Max(1, layout.Images))]
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

/// <summary>What leaves the device of a forward pass: its losses and its raw statistics.</summary>
/// <param name="Losses">Of the pass, or this process's share of them.</param>
/// <param name="Stages">Of each box head.</param>
internal sealed record PassNumbers(StepLosses Losses, StageNumbers[] Stages)
{
    /// <summary>How many numbers there are; the same for equally many images.</summary>
    internal int Length => Layout.Length;

    private PassLayout Layout =>
        new(Stages[0].TopIoUs.Length, Stages[0].LowErrors.Length, Stages[0].Counts[0].Length, Stages.Length);

    /// <summary>The numbers as a row of float64, which holds all of them exactly, on the device.</summary>
    internal static (torch.Tensor Row, PassLayout Layout) OnDevice(
        Losses losses,
        IReadOnlyList<StatisticTensors> stages
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] columns =
        [
            torch.stack([.. losses.All]).detach(),
            .. stages.SelectMany(statistics =>
                (IEnumerable<torch.Tensor>)
                    [statistics.TopIoUs.view(-1), statistics.LowErrors.view(-1), .. statistics.Counts]
            ),
        ];
        torch.Tensor row = torch.cat([.. columns.Select(column => column.to(torch.ScalarType.Float64))]);
        return (
            scope.MoveToOuter(row),
            new PassLayout((int)columns[1].numel(), (int)columns[2].numel(), (int)columns[3].numel(), stages.Count)
        );
    }

    /// <summary>The statistics of a box head over several passes, one after the other.</summary>
    internal static RawGridStatistics Statistics(
        StatisticsGrid grid,
        IReadOnlyCollection<PassNumbers> passes,
        int stage
    )
    {
        StageNumbers all = StageNumbers.Join([.. passes.Select(pass => pass.Stages[stage])]);
        return new RawGridStatistics(grid, all.TopIoUs, all.LowErrors, Whole(0), Whole(1), Whole(2), Whole(3));

        int[] Whole(int kind) => [.. all.Counts[kind].Select(count => (int)count)];
    }

    /// <summary>A pass whose images are shared among processes: the sums of the losses' shares, the images in order.</summary>
    internal static PassNumbers Join(IReadOnlyCollection<PassNumbers> parts) =>
        new(
            StepLosses.Sum([.. parts.Select(part => part.Losses)]),
            [
                .. Enumerable
                    .Range(0, parts.First().Stages.Length)
                    .Select(stage => StageNumbers.Join([.. parts.Select(part => part.Stages[stage])])),
            ]
        );

    /// <summary>All numbers as one list.</summary>
    internal double[] Flat() =>
        [.. Losses.Flat(), .. Stages.SelectMany(stage => stage.Flat).Select(value => (double)value)];

    /// <summary>Another process's numbers from its list, which is laid out like this one's.</summary>
    internal PassNumbers Read(ReadOnlySpan<double> flat) => Read(Layout, flat);

    /// <summary>The numbers of a row.</summary>
    internal static PassNumbers Read(PassLayout layout, ReadOnlySpan<double> row)
    {
        StageNumbers[] stages = new StageNumbers[layout.Stages];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            int start = layout.Losses + (stage * layout.StageLength);
            stages[stage] = StageNumbers.Read(layout, row.Slice(start, layout.StageLength));
        }
        return new PassNumbers(StepLosses.Of(row[..layout.Losses]), stages);
    }
}
