using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>What to do with a data set that has been inspected: how long a run goes over it, and the command.</summary>
internal static class TrainingAdvice
{
    /// <summary>What there is to train on, and how.</summary>
    public static void Write(
        DatasetSource source,
        IReadOnlyList<InspectedSplit> splits,
        ConfigChoice choice,
        Config config,
        TextWriter output
    )
    {
        if (splits.FirstOrDefault(split => split.Name == TrainCommand.TrainSplit) is not { } train)
        {
            if (splits.All(split => split.Name == TrainCommand.TestSplit))
            {
                output.WriteLine();
                output.WriteLine("nothing to train on: a test split alone, for eval --checkpoint FILE");
            }
            return;
        }

        IReadOnlyList<ImageRecord> images = TrainingImages(train.Dataset, config);
        int evaluated =
            splits.FirstOrDefault(split => split.Name == TrainCommand.ValidationSplit)?.Dataset.Images.Count ?? 0;
        double epochs = Epochs(config.Solver.Iterations, images, config);
        output.WriteLine();
        output.WriteLine(
            FormattableString.Invariant(
                $"{Amount.Count(images.Count, "image")} to train on, {evaluated} to evaluate; {config.Preset}: {config.Solver.Iterations} iterations of {Amount.Count(config.Data.ImagesPerStep, "image")} = {epochs:F1} epochs"
            )
        );
        DeadBetaShare beta = DeadBeta.Of(train.Dataset, config);
        if (beta.IsDead)
        {
            output.WriteLine(
                $"{beta.Text} of the batches have so many boxes that the rule {beta.Rule} records 0 for beta: add --set dynamic.rule=ProposalsOnly (--suggest says more)"
            );
        }
        if (evaluated == 0)
        {
            output.WriteLine("nothing to evaluate: name a split with --val, or keep images for it with --hold-out 20%");
        }
        IEnumerable<string> configuration =
        [
            $"--preset {config.Preset}",
            .. choice.Files.Select(file => $"--config {Quoted(file)}"),
            .. choice.Sets.Select(set => $"--set {Quoted(set)}"),
        ];
        output.WriteLine($"  drcnn train {DataArguments(source)} {string.Join(' ', configuration)} --out runs/first");
    }

    /// <summary>Images of a split that a run with this configuration trains on.</summary>
    public static IReadOnlyList<ImageRecord> TrainingImages(Dataset dataset, Config config) =>
        BatchSource.Usable(dataset, config.Data, config.Model.Backbone, config.Model.Conventions);

    /// <summary>How often a run goes over its images.</summary>
    public static double Epochs(int iterations, IReadOnlyList<ImageRecord> images, Config config) =>
        iterations * config.Data.ImagesPerStep / Math.Max(1, ImagesOfEpoch(images, config));

    /// <summary>Images of an epoch, on average: more than there are where some come more often.</summary>
    public static double ImagesOfEpoch(IReadOnlyList<ImageRecord> images, Config config) =>
        config.Data.RepeatFactor > 0 ? RepeatFactors.OfImages(images, config.Data.RepeatFactor).Sum() : images.Count;

    private static string DataArguments(DatasetSource source) =>
        string.Join(
            ' ',
            new[]
            {
                ("--data", source.Path),
                ("--train", source.Train),
                ("--val", source.Val),
                ("--test", source.Test),
                ("--hold-out", source.HoldOut > 0 ? FormattableString.Invariant($"{source.HoldOut}") : ""),
            }
                .Where(option => option.Item2.Length > 0)
                .Select(option => $"{option.Item1} {Quoted(option.Item2)}")
        );

    // As a shell wants it.
    private static string Quoted(string text) =>
        text.All(letter => char.IsLetterOrDigit(letter) || "/._-+=:,%@".Contains(letter, StringComparison.Ordinal))
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
