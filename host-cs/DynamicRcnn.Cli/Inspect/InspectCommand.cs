using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>drcnn inspect: a data set before anything is trained on it.</summary>
internal static class InspectCommand
{
    /// <summary>Writes the summary, the findings, and what each rule's beta would do, for each split.</summary>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    /// <exception cref="UsageException">The configuration is not valid.</exception>
    public static void Run(InspectOptions options, Terminal terminal)
    {
        Config config = Configuration.Require(ConfigText.Resolve(Configuration.Sources(options.Choice))).Config;
        DatasetSource source = DatasetSource.Of(config.Data);
        string title = source.Title;
        OwnPlace.Require("inspect: --json", options.Json, OwnPlace.Of(source));
        OwnPlace.Require("inspect: --browse", options.Browse, OwnPlace.Of(source));
        List<InspectedSplit> inspectedSplits = [];
        try
        {
            InspectSplits(options, config, source, inspectedSplits, terminal.Output);
        }
        catch (DataException refusal) when (options.Json is not null)
        {
            InspectJson.Write(options.Json, inspectedSplits, new Finding(FindingKind.Refused, title, refusal.Message));
            throw;
        }

        if (options.Json is { } json)
        {
            InspectJson.Write(json, inspectedSplits, refusal: null);
        }

        if (options.Browse is { } path)
        {
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(title)));
            IReadOnlyList<InspectedSplit> shown = [.. inspectedSplits, .. Augmented(options, config, inspectedSplits)];
            ContactSheet.Write(path, name, shown, options.BrowseImages);
            terminal.Output.WriteLine();
            terminal.Output.WriteLine($"{path} shows the images");
        }

        // What a training run refuses is an error here too, once everything is written.
        Finding? refused = inspectedSplits
            .SelectMany(split => split.Findings)
            .FirstOrDefault(finding => finding.Kind == FindingKind.Refused);
        if (refused is not null)
        {
            throw new DataException(refused.Message);
        }

        TrainingAdvice.Write(source, inspectedSplits, options.Choice, config, terminal.Output);
    }

    /// <summary>The training's own pictures, where they are asked for and there is a training.</summary>
    private static IEnumerable<InspectedSplit> Augmented(
        InspectOptions options,
        Config config,
        List<InspectedSplit> inspected
    ) =>
        options.Augmented is not { } count ? []
        : inspected.Find(split => split.Name == TrainCommand.TrainSplit) is { } train
            ? [AugmentedSplit.Of(train.Dataset, config, count)]
        : throw new UsageException([
            $"inspect: --augmented {count} shows pictures of the split train, which is not among those inspected",
        ]);

    private static void InspectSplits(
        InspectOptions options,
        Config config,
        DatasetSource source,
        List<InspectedSplit> inspectedSplits,
        TextWriter output
    )
    {
        if (DatasetReader.Describe(source) is { } layout)
        {
            output.WriteLine($"read as {layout}");
        }

        foreach (string split in options.Split is { } only ? [only] : Splits(source))
        {
            if (inspectedSplits.Count > 0)
            {
                output.WriteLine();
            }

            InspectedSplit inspected = Inspect(source, split, inspectedSplits);
            WriteSplit(inspected, config, options.Suggest, output);
            inspectedSplits.Add(inspected);
        }

        bool isForTraining =
            options.Split is null
            && (source.Path.Length > 0 || source.Train.Length > 0)
            && inspectedSplits.Any(split => split.Name != TrainCommand.TestSplit);
        if (isForTraining && inspectedSplits.All(split => split.Name != TrainCommand.TrainSplit))
        {
            _ = DatasetReader.Open(source, TrainCommand.TrainSplit); // says what is missing, as a training run would
        }
    }

    private static InspectedSplit Inspect(DatasetSource source, string split, List<InspectedSplit> before)
    {
        Dataset dataset = DatasetReader.Open(source, split);
        (IReadOnlyList<Finding> ofImages, IReadOnlyList<SmallPicture?> pictures) = DecodedImages.Of(dataset);
        Dataset? training = before.Find(other => other.Name == TrainCommand.TrainSplit)?.Dataset;
        IReadOnlyList<Finding> ofTraining =
            split == TrainCommand.TrainSplit ? TrainingFindings.OfTraining(dataset, ofImages)
            : split == TrainCommand.ValidationSplit && training is not null
                ? TrainingFindings.OfValidation(dataset, training)
            : [];
        IReadOnlyList<Finding> shared = training is null ? [] : TrainingCheck.Shared(dataset, training);
        IReadOnlyList<Finding> copied = CopiedImages.Of(dataset, pictures, before);
        Finding[] findings = [.. dataset.Findings, .. ofImages, .. ofTraining, .. shared, .. copied];
        return new InspectedSplit(split, dataset, findings) { Pictures = pictures };
    }

    // A folder without splits goes to the reader as it is: its sentence says what was expected.
    private static IReadOnlyList<string> Splits(DatasetSource source)
    {
        IReadOnlyList<string> splits = DatasetReader.Splits(source);
        return splits.Count > 0 ? splits : ["train"];
    }

    private static void WriteSplit(InspectedSplit split, Config config, bool suggest, TextWriter output)
    {
        DatasetSummary.Write(split.Dataset, output);
        output.WriteLine();
        FindingReport.Write(split.Findings, all: false, output);
        if (suggest && CountSuggestion.For(split.Dataset, config) is { } suggestion)
        {
            output.WriteLine();
            WriteBeta(split.Dataset, config, output);
            output.WriteLine();
            suggestion.Write(config, output);
        }
    }

    private static void WriteBeta(Dataset dataset, Config config, TextWriter output)
    {
        int passes = Math.Max(1, config.Solver.AccumulationSteps);
        output.WriteLine(
            $"batches whose beta statistic is exactly 0, with {Amount.Count(config.Data.ImagesPerStep / passes, "image")} "
                + $"a pass and dynamic.lowErrorCount {config.Dynamic.LowErrorCount}:"
        );
        foreach (DeadBetaShare share in DeadBeta.Shares(dataset, config))
        {
            string verdict = share.IsDead ? Consequence(share.Rule) : "beta can move";
            output.WriteLine($"  {share.Rule, -14} {share.Text, 14}  {verdict}");
        }
    }

    private static string Consequence(StatisticsRule rule) =>
        rule.IsOfficial ? "beta becomes 0" : "beta does not move while few proposals are positive";
}
