using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>What a checkpoint says beside its tensors.</summary>
/// <param name="State">The training state, the fold's unfinished window included.</param>
/// <param name="Classes">Names and original ids, in the order of the labels.</param>
/// <param name="ConfigJson">The run's config.json; empty when the detector was trained from code without one.</param>
public sealed record Checkpoint(TrainingState State, IReadOnlyList<ClassName> Classes, string ConfigJson);

/// <summary>
/// One safetensors file with everything that a run needs to go on to the bit: <c>model.*</c>, <c>momentum.*</c> (whatever the optimiser keeps) and, when the run averages its
/// weights, <c>average.model.*</c> tensors; in the metadata the training state as versioned text, the configuration and the classes. There is no
/// generator state: randomness is a function of the iteration.
/// </summary>
public static class CheckpointFile
{
    private const string ModelPrefix = "model.";
    private const string MomentumPrefix = "momentum.";
    private const string AveragePrefix = "average.";
    private const string StateKey = "training_state";
    private const string ClassesKey = "classes";
    private const string ConfigKey = "config";
    private const string BesidePrefix = "beside.";
    private const string OriginKey = "imported_names";

    /// <summary>Writes a checkpoint; see <see cref="SafetensorsFile.Write(string, TensorFile)"/> for what holds when it fails.</summary>
    public static void Save(
        string path,
        Detector detector,
        IReadOnlyDictionary<string, torch.Tensor> momentum,
        IReadOnlyDictionary<string, torch.Tensor>? average,
        Checkpoint checkpoint
    )
    {
        Dictionary<string, StoredTensor> tensors = Named(detector, momentum, average)
            .ToDictionary(entry => entry.Name, entry => StoredTensor.Of(entry.Tensor));
        Save(path, tensors, Metadata(checkpoint));
    }

    /// <summary>Writes a checkpoint without momentum, from which no run goes on, but a detector can be built or fine-tuned.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weights">The detector's tensors by their names in it.</param>
    /// <param name="origin">The program that they came from; null = this one.</param>
    /// <param name="beside">What only that program needs: <c>beside.*</c>.</param>
    /// <param name="checkpoint">What is said beside them.</param>
    internal static void SaveDetector(
        string path,
        IReadOnlyDictionary<string, StoredTensor> weights,
        NameTable? origin,
        IReadOnlyDictionary<string, StoredTensor> beside,
        Checkpoint checkpoint
    )
    {
        Dictionary<string, string> metadata = Metadata(checkpoint);
        if (origin is not null)
        {
            metadata[OriginKey] = origin.Title;
        }
        Save(
            path,
            weights
                .Select(pair => (Name: ModelPrefix + pair.Key, pair.Value))
                .Concat(beside.Select(pair => (Name: BesidePrefix + pair.Key, pair.Value)))
                .ToDictionary(entry => entry.Name, entry => entry.Value),
            metadata
        );
    }

    /// <summary>What a checkpoint says, before there is a detector to fill.</summary>
    /// <exception cref="RunException">The file is no checkpoint.</exception>
    public static Checkpoint Read(string path) => Read(path, SafetensorsFile.Read(path));

    /// <summary>Fills a detector, its optimiser's momentum and its averaged weights, both by the names of parameters. They must have exactly the tensors of the file.</summary>
    /// <exception cref="RunException">The file is no checkpoint of such a detector; nothing was changed.</exception>
    public static Checkpoint Load(
        string path,
        Detector detector,
        IReadOnlyDictionary<string, torch.Tensor> momentum,
        IReadOnlyDictionary<string, torch.Tensor>? average
    )
    {
        TensorFile file = SafetensorsFile.Read(path);
        Checkpoint checkpoint = Read(path, file);
        Fill(path, file, [.. Named(detector, momentum, average)], _ => true);
        return checkpoint;
    }

    /// <summary>Fills a detector alone, for evaluation and prediction: with the averages of the weights where there are any.</summary>
    /// <exception cref="RunException">The file is no checkpoint of such a detector; nothing was changed.</exception>
    /// <param name="path">Where the file was read, for the sentences.</param>
    /// <param name="file">The checkpoint, whose checksum has been looked at.</param>
    /// <param name="detector">Filled in place.</param>
    internal static void Load(string path, TensorFile file, Detector detector)
    {
        (string Name, torch.Tensor Tensor)[] own =
        [
            .. Named(detector)
                .Select(entry =>
                    file.Tensors.ContainsKey(AveragePrefix + entry.Name)
                        ? entry with
                        {
                            Name = AveragePrefix + entry.Name,
                        }
                        : entry
                ),
        ];
        Fill(path, file, own, name => Has(name, ModelPrefix) && !file.Tensors.ContainsKey(AveragePrefix + name));
    }

    /// <summary>Whether a file is a checkpoint, of whatever model, and not weights alone.</summary>
    internal static bool IsCheckpoint(TensorFile file) => file.Metadata.ContainsKey(StateKey);

    /// <summary>The detector's tensors by their names in it: the averages where there are any.</summary>
    internal static IReadOnlyDictionary<string, StoredTensor> Weights(TensorFile file) =>
        file
            .Tensors.Where(pair => Has(pair.Key, ModelPrefix))
            .ToDictionary(
                pair => pair.Key[ModelPrefix.Length..],
                pair => file.Tensors.GetValueOrDefault(AveragePrefix + pair.Key, pair.Value)
            );

    /// <summary>The program that a converted checkpoint came from; null when it is this one.</summary>
    internal static NameTable? Origin(TensorFile file) =>
        NameTables.All.FirstOrDefault(names => names.Title == file.Metadata.GetValueOrDefault(OriginKey));

    /// <summary>Tensors that only that program needs, by its names.</summary>
    internal static IReadOnlyDictionary<string, StoredTensor> Beside(TensorFile file) =>
        file
            .Tensors.Where(pair => Has(pair.Key, BesidePrefix))
            .ToDictionary(pair => pair.Key[BesidePrefix.Length..], pair => pair.Value);

    private static Dictionary<string, string> Metadata(Checkpoint checkpoint) =>
        new()
        {
            [StateKey] = CheckpointText.Write(checkpoint.State),
            [ClassesKey] = string.Join('\n', checkpoint.Classes.Select(name => $"{name.Id} {Escaped(name.Name)}")),
            [ConfigKey] = checkpoint.ConfigJson,
        };

    private static void Save(string path, Dictionary<string, StoredTensor> tensors, Dictionary<string, string> metadata)
    {
        TensorFile content = new(tensors, metadata);
        metadata[CheckpointSum.Key] = CheckpointSum.Of(content);
        SafetensorsFile.Write(path, content);
    }

    private static bool Has(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal);

    private static IEnumerable<(string Name, torch.Tensor Tensor)> Named(Detector detector) =>
        detector.state_dict().Select(pair => (ModelPrefix + pair.Key, pair.Value));

    private static IEnumerable<(string Name, torch.Tensor Tensor)> Named(
        Detector detector,
        IReadOnlyDictionary<string, torch.Tensor> momentum,
        IReadOnlyDictionary<string, torch.Tensor>? average
    ) =>
        [
            .. Named(detector),
            .. momentum.Select(pair => (MomentumPrefix + pair.Key, pair.Value)),
            .. average?.Select(pair => (AveragePrefix + ModelPrefix + pair.Key, pair.Value)) ?? [],
        ];

    private static void Fill(
        string path,
        TensorFile file,
        (string Name, torch.Tensor Tensor)[] own,
        Func<string, bool> wanted
    )
    {
        HashSet<string> names = [.. own.Select(entry => entry.Name)];
        foreach ((string name, torch.Tensor tensor) in own)
        {
            if (!file.Tensors.TryGetValue(name, out StoredTensor? stored))
            {
                if (Has(name, MomentumPrefix) && !file.Tensors.Keys.Any(key => Has(key, MomentumPrefix)))
                {
                    throw new RunException(
                        $"{path}: the file has weights alone, without the momentum that a resumed run goes on with; train a new run from it by --weights."
                    );
                }
                throw new RunException($"{path}: the tensor '{name}' is missing; expected a checkpoint of this model.");
            }
            if (!stored.Shape.SequenceEqual(tensor.shape))
            {
                throw new RunException(
                    $"{path}: the shape of '{name}' is [{string.Join(", ", stored.Shape)}]; expected [{string.Join(", ", tensor.shape)}]."
                );
            }
        }
        if (file.Tensors.Keys.FirstOrDefault(name => wanted(name) && !names.Contains(name)) is { } unknown)
        {
            throw new RunException($"{path}: the tensor '{unknown}' belongs to no part of this model.");
        }
        foreach ((string name, torch.Tensor tensor) in own)
        {
            file.Tensors[name].CopyTo(tensor);
        }
    }

    /// <summary>What a file that has been read says; see <see cref="Read(string)"/>.</summary>
    internal static Checkpoint Read(string path, TensorFile file)
    {
        CheckpointSum.Require(path, file);
        return new(ReadState(path, file), Classes(path, file), file.Metadata.GetValueOrDefault(ConfigKey, ""));
    }

    private static TrainingState ReadState(string path, TensorFile file)
    {
        if (!file.Metadata.TryGetValue(StateKey, out string? text))
        {
            throw new RunException(
                $"{path}: the metadata has no '{StateKey}'; expected a checkpoint, not weights alone."
            );
        }
        Parsed<TrainingState> state = CheckpointText.Read(text);
        return state.IsOk
            ? state.Value
            : throw new RunException($"{path}: {StateKey}: {string.Join("; ", state.Problems)}");
    }

    /// <summary>The classes of a checkpoint, in the order of the labels.</summary>
    internal static IReadOnlyList<ClassName> Classes(string path, TensorFile file)
    {
        List<ClassName> classes = [];
        foreach (string line in file.Metadata.GetValueOrDefault(ClassesKey, "").Split('\n'))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (
                space <= 0
                || !long.TryParse(
                    line.AsSpan(0, space),
                    NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out long id
                )
            )
            {
                throw new RunException($"{path}: {ClassesKey} holds '{line}'; expected an id and a name.");
            }
            classes.Add(new ClassName(id, Unescaped(line[(space + 1)..])));
        }
        return classes;
    }

    /// <summary>A name on one line; data sets may hold any text.</summary>
    private static string Escaped(string name) =>
        name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    private static string Unescaped(string text) =>
        string.Join('\\', text.Split(@"\\").Select(part => part.Replace(@"\n", "\n", StringComparison.Ordinal)));
}
