using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>Writes a detector under other names or in another format. Every element keeps its bits; rows of classes change their order alone.</summary>
public static class DetectorConversion
{
    /// <summary>What the file has and lacks, compared with a structure.</summary>
    /// <param name="source">The file.</param>
    /// <param name="structure">Of a configuration, or the file's own.</param>
    public static WeightInventory Inventory(DetectorFile source, DetectorStructure structure)
    {
        Dictionary<string, StoredTensor> tensors = Ordered(source, structure.BackgroundFirst);
        HashSet<string> expected = [.. structure.Tensors().Select(tensor => tensor.Name)];
        ForeignDetector? foreign = source.Foreign;
        return WeightInventory.Of(
            structure.Tensors(),
            tensors,
            foreign?.Unknown ?? [],
            foreign is null ? [] : [.. foreign.Beside.Keys.Select(name => foreign.Prefix + name), .. foreign.Outside],
            name =>
                foreign is null ? name
                : foreign.FileNames.TryGetValue(name, out string? theirs) ? theirs
                : foreign.Prefix + (foreign.Names.ToTheirs(name, expected.Contains) ?? name)
        );
    }

    /// <summary>Writes a checkpoint of ours, for evaluation, prediction and fine-tuning. It has no momentum: no run goes on from it.</summary>
    /// <param name="path">The file; safetensors.</param>
    /// <param name="source">Whose <see cref="Inventory"/> with the configuration is whole.</param>
    /// <param name="resolved">The detector's configuration.</param>
    /// <param name="classes">In the order of the labels.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void WriteCheckpoint(
        string path,
        DetectorFile source,
        ResolvedConfig resolved,
        IReadOnlyList<ClassName> classes
    )
    {
        TrainingState state = source.Checkpoint?.State ?? TrainingState.Initial(resolved.Config, []);
        CheckpointFile.SaveDetector(
            path,
            Ordered(source, resolved.Config.Model.Conventions.BackgroundFirst),
            source.Origin,
            source.Beside,
            new Checkpoint(state, classes, ConfigText.Write(resolved))
        );
    }

    /// <summary>Writes another program's file; <c>.pth</c> or safetensors by the path's extension.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">Whose <see cref="Inventory"/> is whole.</param>
    /// <param name="names">The other program's.</param>
    /// <param name="config">The detector's configuration; null when it is not known.</param>
    /// <param name="classes">Their names; null when they are not known.</param>
    /// <returns>How many tensors it has.</returns>
    /// <exception cref="RunException">The other program has no such part, or the file cannot be written.</exception>
    public static int WriteForeign(
        string path,
        DetectorFile source,
        NameTable names,
        ModelConfig? config,
        IReadOnlyList<string>? classes
    )
    {
        string[] groupNorms =
        [
            .. source.Structure.BackboneGroupNorm ? ["in the backbone (model.backbone.norm)"] : Array.Empty<string>(),
            .. source.Structure.PyramidNorm ? ["in the pyramid (model.fpn.norm)"] : Array.Empty<string>(),
        ];
        if (groupNorms.Length > 0)
        {
            throw new RunException(
                $"{source.Path}: the detector has group norms {string.Join(" and ", groupNorms)}, which {names.Title} has no names for; only one without them can be written.",
                RunFault.Request
            );
        }
        TensorFile content = new(
            ForeignDetector.ToTheirs(
                source.Tensors,
                source.BackgroundFirst,
                names,
                BesideTensors.For(names, source, config)
            ),
            ClassNameText.Of(classes)
        );
        WeightOutput.Write(path, content, names.Form);
        return content.Tensors.Count;
    }

    private static Dictionary<string, StoredTensor> Ordered(DetectorFile source, bool backgroundFirst) =>
        source.Tensors.ToDictionary(
            pair => pair.Key,
            pair => ClassRows.Ordered(pair.Key, pair.Value, source.BackgroundFirst, backgroundFirst)
        );
}
