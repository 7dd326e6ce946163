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
        int images = TrainingAdvice.TrainingImages(dataset, config);
        double epochs = TrainingAdvice.Epochs(run.Iterations, images, config);
        output.WriteLine(
            FormattableString.Invariant(
                $"{run.Iterations} iterations of {Amount.Count(config.Data.ImagesPerStep, "image")}: {epochs:F1} epochs of {Amount.Count(images, "image")}"
            ) + (config.Dynamic.MoveBeta ? "; box losses under different beta are not comparable" : "")
        );
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
