using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>The data of a run.</summary>
/// <param name="Training">What is trained on.</param>
/// <param name="Measured">What is evaluated, as it was read; null: nothing.</param>
/// <param name="Validation">The same with the classes of the training split.</param>
internal sealed record TrainingData(Dataset Training, Dataset? Measured, Dataset? Validation)
{
    /// <summary>Reads the splits.</summary>
    /// <param name="config">Of the run.</param>
    /// <param name="resume">Whether the run goes on.</param>
    /// <exception cref="UsageException">The configuration's values do not fit the data's classes.</exception>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    public static TrainingData Read(Config config, bool resume)
    {
        Configuration.RequireThere(config.Data.Path, resume);
        Dataset dataset = Open(config, TrainCommand.TrainSplit);
        TrainingCheck.Require(dataset);
        RequireWeightOfEachClass(config.Model.RoIHead.ClassWeights, dataset);
        Dataset? measured = DatasetReader.Splits(DatasetSource.Of(config.Data)).Contains(TrainCommand.ValidationSplit)
            ? Open(config, TrainCommand.ValidationSplit, dataset)
            : null;
        Dataset? validation = measured is null ? null : ClassLists.Align(dataset.Name, dataset.Classes, measured);
        return new TrainingData(dataset, measured, validation);
    }

    private static void RequireWeightOfEachClass(double[] weights, Dataset dataset)
    {
        if (weights.Length > 0 && weights.Length != dataset.Classes.Count)
        {
            throw new UsageException([
                $"model.roiHead.classWeights has {Amount.Count(weights.Length, "value")}, expected {dataset.Classes.Count}, one for each class of {dataset.Name}: "
                    + string.Join(", ", dataset.Classes.Select(name => name.Name)),
            ]);
        }
    }

    private static Dataset Open(Config config, string split, Dataset? training = null)
    {
        Dataset dataset = DatasetReader.Open(DatasetSource.Of(config.Data), split);
        if (training is not null)
        {
            dataset = dataset with { Findings = [.. dataset.Findings, .. TrainingCheck.Shared(dataset, training)] };
        }
        return config.Data.Strict && dataset.Findings.Count > 0
            ? throw new DataException($"{dataset.Findings[0].Message} (--strict)")
            : dataset;
    }
}
