using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>
/// Fills a detector from the checkpoint of another one that may know other classes. With another number of classes the layers whose rows stand
/// for classes start from scratch; with the same number they are kept, whatever the classes are called. All else must fit.
/// </summary>
internal static class FineTuning
{
    /// <summary>Differing names that are listed before the rest is counted.</summary>
    private const int MostNames = 4;

    /// <exception cref="RunException">The checkpoint is of another model; the detector is unchanged.</exception>
    public static WeightReport Load(Detector detector, IReadOnlyList<ClassName> classes, string path, TensorFile file)
    {
        CheckpointSum.Require(path, file);
        IReadOnlyList<ClassName> known = CheckpointFile.Classes(path, file);
        IReadOnlyDictionary<string, StoredTensor> weights = CheckpointFile.Weights(file);
        Dictionary<string, torch.Tensor> own = detector.state_dict();
        string[] fresh = known.Count == classes.Count ? [] : [.. own.Keys.Where(ClassRows.AreIn)];
        string[] loaded = [.. own.Keys.Except(fresh)];
        foreach (string name in loaded)
        {
            RequireFit(path, name, weights.GetValueOrDefault(name), own[name]);
        }
        if (weights.Keys.FirstOrDefault(name => !own.ContainsKey(name)) is { } unknown)
        {
            throw OtherModel(path, $"the tensor '{FileText.Shown(unknown)}' belongs to no part of this model");
        }
        foreach (string name in loaded)
        {
            weights[name].CopyTo(own[name]);
        }
        string reason = $"the checkpoint's number of classes is {known.Count} and the data's {classes.Count}";
        return new WeightReport(
            "the detector",
            loaded,
            [.. fresh.Select(name => new FreshTensor(name, reason))],
            Ignored: [],
            Notes(known, classes)
        );
    }

    private static void RequireFit(string path, string name, StoredTensor? stored, torch.Tensor own)
    {
        if (stored is null)
        {
            throw OtherModel(path, $"the tensor '{name}' is missing");
        }
        if (!stored.Shape.SequenceEqual(own.shape))
        {
            throw OtherModel(
                path,
                $"the shape of '{name}' is [{string.Join(", ", stored.Shape)}], expected [{string.Join(", ", own.shape)}]"
            );
        }
    }

    private static string[] Notes(IReadOnlyList<ClassName> known, IReadOnlyList<ClassName> classes)
    {
        if (known.Count != classes.Count)
        {
            return [];
        }
        string[] renamed =
        [
            .. known
                .Zip(classes)
                .Where(pair => pair.First.Name != pair.Second.Name)
                .Select(pair => $"'{FileText.Shown(pair.First.Name)}' becomes '{FileText.Shown(pair.Second.Name)}'"),
        ];
        string rest = renamed.Length > MostNames ? $" and {renamed.Length - MostNames} more" : "";
        return renamed.Length == 0
            ? []
            :
            [
                "the layers of the classes are kept, for their number is the same, though names differ: "
                    + string.Join(", ", renamed.Take(MostNames))
                    + rest,
            ];
    }

    private static RunException OtherModel(string path, string difference) =>
        new($"{path}: {difference}; take the preset and the model settings that the checkpoint was trained with.");
}
