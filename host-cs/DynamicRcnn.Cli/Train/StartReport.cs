using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>Says what a run starts with: data, detector, weights, and what may surprise later.</summary>
internal static class StartReport
{
    public static void Write(TrainingRun run, Config config, Dataset dataset, Dataset? validation, TextWriter output)
    {
        output.WriteLine(
            $"preset {config.Preset}, seed {config.Run.Seed}, {string.Join(", ", run.Environment.Select(entry => $"{entry.Name} {entry.Value}"))}"
        );
        output.WriteLine($"data: {DatasetReader.Describe(DatasetSource.Of(config.Data))}");
        output.WriteLine($"train: {Describe(dataset)}");
        output.WriteLine($"val: {(validation is null ? "none" : Describe(validation))}");
        if (validation is not null && ClassLists.Lacks(dataset.Classes, validation) is { } lacks)
        {
            output.WriteLine($"val: {lacks}");
        }
        output.WriteLine($"classes: {string.Join(", ", dataset.Classes.Select(name => name.Name))}");
        output.WriteLine($"detector: {string.Join(", ", run.Summary.Parts.Select(Describe))}");
        IReadOnlyList<ImageRecord> images = TrainingAdvice.TrainingImages(dataset, config);
        double epochs = TrainingAdvice.Epochs(run.Iterations, images, config);
        output.WriteLine(
            FormattableString.Invariant(
                $"{run.Iterations} iterations of {Amount.Count(config.Data.ImagesPerStep, "image")}: {epochs:F1} epochs of {Amount.Count(images.Count, "image")}"
            ) + (config.Dynamic.MoveBeta ? "; box losses under different beta are not comparable" : "")
        );
        if (config.Data.RepeatFactor > 0)
        {
            output.WriteLine(Repeats(config, dataset, images));
        }
        if (Augmentation(config, dataset) is { } augmentation)
        {
            output.WriteLine(augmentation);
        }
        if (config.Data.Mosaic > 0)
        {
            output.WriteLine(Mosaics(config.Solver));
        }
        foreach (string line in Beginning(run, config))
        {
            output.WriteLine(line);
        }
        WriteWarnings(run, DeadBeta.Of(dataset, config), isEvaluated: validation is not null, output);
    }

    private static void WriteWarnings(TrainingRun run, DeadBetaShare beta, bool isEvaluated, TextWriter output)
    {
        if (run.Extension is { } extension)
        {
            output.WriteLine($"warning: {extension}");
        }
        if (run.LostRecord is { } record)
        {
            output.WriteLine($"warning: {record}");
        }
        foreach (string difference in run.Differences)
        {
            output.WriteLine($"warning: {difference}, so the run does not go on to the bit");
        }
        if (beta.IsDead)
        {
            output.WriteLine(
                $"warning: {beta.Text} of the batches have so many boxes that the rule {beta.Rule} records 0 for beta; "
                    + "dynamic.rule=ProposalsOnly does not, or raise dynamic.lowErrorCount"
            );
        }
        if (!isEvaluated)
        {
            output.WriteLine(
                "warning: there is no split to evaluate, so this run will have no AP and no best.safetensors; stop it and name one with "
                    + "--val, or keep images for it with --hold-out 20%"
            );
        }
    }

    private static string Repeats(Config config, Dataset dataset, IReadOnlyList<ImageRecord> images)
    {
        string[] rare =
        [
            .. RepeatFactors
                .OfClasses(images, config.Data.RepeatFactor)
                .Where(factor => factor.Value > 1)
                .OrderByDescending(factor => factor.Value)
                .Select(factor => FormattableString.Invariant($"{dataset.Classes[factor.Key].Name} {factor.Value:F2}")),
        ];
        return rare.Length == 0
            ? "repeat factor: 1 for every class, for none is in less than the share data.repeatFactor of the images"
            : FormattableString.Invariant(
                $"repeat factor: an epoch has {TrainingAdvice.ImagesOfEpoch(images, config):F1} images on average; {string.Join(", ", rare)}"
            );
    }

    /// <summary>What becomes of boxes where pictures are cut; null where they are not.</summary>
    private static string? Augmentation(Config config, Dataset dataset)
    {
        DataConfig data = config.Data;
        if (data.Crop == 0 && data.ScaleJitter == 0 && data.Mosaic == 0)
        {
            return null;
        }
        AugmentedBoxes boxes = BatchSource.CountAugmented(
            dataset,
            data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Run.Seed
        );
        return FormattableString.Invariant(
            $"augmentation: with each image drawn once, {Amount.Count(boxes.Whole, "box stays", "boxes stay")} whole, {boxes.Cut} are cut, {boxes.LeftOut} are left out (outside, or with less than data.minimumVisible {data.MinimumVisible} of their area)"
        );
    }

    /// <summary>When mosaics end.</summary>
    internal static string Mosaics(SolverConfig solver) =>
        solver.Milestones is not [int first, ..]
            ? "mosaics: in every iteration, for solver.milestones names none"
            : $"mosaics: up to iteration {first}, the first of solver.milestones"
                + (solver.RateSchedule.IsCosine ? ", which a cosine has no other use for" : "");

    private static string Describe(Dataset dataset) =>
        $"{Amount.Count(dataset.Images.Count, "image")}, "
        + $"{Amount.Count(dataset.Images.Sum(image => image.Boxes.Count), "box", "boxes")}, {FindingReport.Sentence(dataset.Findings)}";

    private static string Describe(DetectorPart part) =>
        $"{part.Name} {part.ParameterCount / 1e6:F2} M parameters ({part.TrainedCount / 1e6:F2} M trained)";

    private static IEnumerable<string> Beginning(TrainingRun run, Config config) =>
        run.Iteration > 0 ? [$"goes on after iteration {run.Iteration}"]
        : run.Weights is { } weights ? weights.Lines(config.Model.Backbone.Weights)
        : ["no weights: every layer starts from scratch"];
}
