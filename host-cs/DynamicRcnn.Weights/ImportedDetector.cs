using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>
/// Fills a whole detector from the file of another program's: the official code, MMDetection or torchvision. The rows of the classes come into
/// the detector's order. Geometry, input and losses are the configuration's part: take the profile that the file was trained with.
/// </summary>
public static class ImportedDetector
{
    /// <summary>Fills every tensor of a detector.</summary>
    /// <param name="detector">Filled in place.</param>
    /// <param name="path">A file of any format that <see cref="WeightFile"/> reads.</param>
    /// <exception cref="RunException">
    /// The file cannot be read, or is no such detector; the sentence lists what is missing, unknown or wrong. The detector is unchanged.
    /// </exception>
    public static WeightReport Load(Detector detector, string path)
    {
        TensorFile file = WeightFile.Read(path);
        ForeignDetector foreign =
            ForeignDetector.TryOf(path, file)
            ?? throw new RunException(
                $"{path}: no whole detector is in it; expected the names of {string.Join(", ", NameTables.All.Select(table => table.Title))}, but {WeightProblems.Found(file)}."
            );
        return Load(detector, path, foreign, otherClasses: false);
    }

    /// <param name="detector">Filled in place.</param>
    /// <param name="path">For sentences.</param>
    /// <param name="foreign">What the file holds.</param>
    /// <param name="otherClasses">With another number of classes the layers of the classes start from scratch.</param>
    internal static WeightReport Load(Detector detector, string path, ForeignDetector foreign, bool otherClasses)
    {
        Dictionary<string, torch.Tensor> own = detector.state_dict();
        bool isCascade = detector.Config.Cascade.StageCount > 1;
        string classifier = isCascade ? "roi_head.0.classes.weight" : "roi_head.classes.weight";
        long classCount = own[classifier].shape[0] - 1;
        IReadOnlyDictionary<string, StoredTensor> tensors = foreign.InOrder(
            detector.Config.Conventions.BackgroundFirst
        );
        long known = tensors.GetValueOrDefault(classifier)?.Shape.FirstOrDefault() - 1 ?? classCount;
        string[] fresh = otherClasses && known != classCount ? [.. own.Keys.Where(ClassRows.AreIn)] : [];
        string[] loaded = [.. own.Keys.Except(fresh)];
        string[] problems = [.. Problems(foreign, tensors, own, loaded)];
        if (problems.Length > 0)
        {
            string classes = known == classCount ? "" : $" The file knows {known} classes, the detector {classCount}.";
            throw new RunException(
                $"{path}: with the names of {foreign.Names.Title} the file is of another model: {string.Join("; ", problems)}.{classes}"
            );
        }
        foreach (string name in loaded)
        {
            tensors[name].CopyTo(own[name]);
        }
        string reason = $"the file's number of classes is {known} and the data's {classCount}";
        return new WeightReport(
            "the detector",
            loaded,
            [.. fresh.Select(name => new FreshTensor(name, reason))],
            [.. foreign.Beside.Keys, .. foreign.Outside],
            [
                $"the names are those of {foreign.Names.Title}; the background's rows came {Place(foreign)}",
                .. NamePrefix.Notes(foreign.Prefix),
                .. foreign.Names == NameTables.Detectron2
                    ? [InputNote(detector.Config.Backbone)]
                    : Array.Empty<string>(),
            ]
        );
    }

    /// <summary>What the file lacks, has too much, or has in another shape.</summary>
    private static IEnumerable<string> Problems(
        ForeignDetector foreign,
        IReadOnlyDictionary<string, StoredTensor> tensors,
        Dictionary<string, torch.Tensor> own,
        string[] loaded
    ) =>
        [
            .. WeightProblems.Missing(
                loaded
                    .Where(name => !tensors.ContainsKey(name))
                    .Select(name => foreign.Names.ToTheirs(name, own.ContainsKey) ?? name)
            ),
            .. WeightProblems.Unknown([
                .. foreign.Unknown,
                .. tensors.Keys.Where(name => !own.ContainsKey(name)).Select(name => foreign.FileNames[name]),
            ]),
            .. WeightProblems.Wrong(
                loaded
                    .Where(tensors.ContainsKey)
                    .Select(name => (foreign.FileNames[name], WeightProblems.Of(name, tensors[name], own[name].shape)))
            ),
        ];

    // What else Detectron2 does its own way, its boxes' deltas, anchors and RoIAlign, is as in the presets of MMDetection.
    private static string InputNote(BackboneConfig config) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"how images were made for it is in Detectron2's configuration and not in the file (INPUT.FORMAT, PIXEL_MEAN, PIXEL_STD, STRIDE_IN_1X1; unless set BGR, 103.53,116.28,123.675, 1, true); here it is {config.Channels}, {string.Join(',', config.Mean)}, {string.Join(',', config.Std)}, {(config.StrideIn1x1 ? "true" : "false")}"
        );

    private static string Place(ForeignDetector foreign) => foreign.Names.BackgroundFirst ? "first" : "last";
}
