using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>A file with a whole detector, read and checked once, before a detector is built: a checkpoint of ours or another program's file.</summary>
public sealed class DetectorFile
{
    private readonly TensorFile file;

    private DetectorFile(string path, TensorFile file, Checkpoint? checkpoint, ForeignDetector? foreign)
    {
        Path = path;
        this.file = file;
        Checkpoint = checkpoint;
        Foreign = foreign;
        Tensors = foreign?.Tensors ?? CheckpointFile.Weights(file);
        DetectorStructure structure = StructureGuess.Of(path, Tensors);
        Structure = foreign is null ? structure : structure with { BackboneGroupNorm = false };
        ClassNames = checkpoint?.Classes.Select(name => name.Name).ToArray() ?? ClassNameText.Read(file);
    }

    /// <summary>Where it was read.</summary>
    public string Path { get; }

    /// <summary>What a checkpoint of ours says; null for another program's file.</summary>
    public Checkpoint? Checkpoint { get; }

    /// <summary>Another program's detector; null for a checkpoint of ours.</summary>
    public ForeignDetector? Foreign { get; }

    /// <summary>The names of the classes in the order of the labels; null when the file does not say them.</summary>
    public IReadOnlyList<string>? ClassNames { get; }

    /// <summary>Sentences about which of the file's tensors these are.</summary>
    public IReadOnlyList<string> Notes => file.Notes;

    /// <summary>What the tensors alone say of the detector's structure.</summary>
    public DetectorStructure Structure { get; }

    /// <summary>The weights by our names, their rows in the order of <see cref="BackgroundFirst"/>; averages where there are any.</summary>
    internal IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Whether the background's rows come first.</summary>
    internal bool BackgroundFirst => Foreign?.Names.BackgroundFirst ?? Structure.BackgroundFirst;

    /// <summary>Reads a file of any format.</summary>
    /// <exception cref="RunException">It cannot be read, is damaged, or holds no whole detector.</exception>
    public static DetectorFile Read(string path)
    {
        TensorFile file = WeightFile.Read(path);
        return TryOf(path, file)
            ?? throw new RunException(
                $"{path}: no whole detector is in it; expected a checkpoint of a run, or the names of {string.Join(", ", NameTables.All.Select(table => table.Title))}, but {WeightProblems.Found(file)}."
            );
    }

    /// <summary>The detector of a file that has been read; null when it holds none.</summary>
    /// <param name="path">For sentences.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="RunException">It is a damaged checkpoint.</exception>
    public static DetectorFile? TryOf(string path, TensorFile file)
    {
        if (CheckpointFile.IsCheckpoint(file))
        {
            return new DetectorFile(path, file, CheckpointFile.Read(path, file), foreign: null);
        }
        return ForeignDetector.TryOf(path, file) is { } foreign
            ? new DetectorFile(path, file, checkpoint: null, foreign)
            : null;
    }

    /// <summary>The classes that the detector finds, in the order of the labels. A file of another program gets the ids 1, 2, 3, ...</summary>
    /// <param name="given">Names for a file of another program; null: its own.</param>
    /// <exception cref="RunException">Nothing says the names, or there are more or fewer than the detector has.</exception>
    public IReadOnlyList<ClassName> Classes(IReadOnlyList<string>? given)
    {
        if (Checkpoint is { } checkpoint)
        {
            return given is null
                ? checkpoint.Classes
                : throw new RunException(
                    $"{Path}: the checkpoint knows the names of its classes; leave --classes out.",
                    RunFault.Request
                );
        }
        int count = Structure.ClassCount;
        IReadOnlyList<string> names =
            given
            ?? ClassNames
            ?? throw new RunException(
                $"{Path}: the file does not say what its {count} classes are called; give their names in its order, as --classes a,b,c or as a text file with a name a line.",
                RunFault.Request
            );
        return names.Count == count
            ? [.. names.Select((name, label) => new ClassName(label + 1, name))]
            : throw new RunException(
                $"{Path}: the detector has {count} classes, but {(given is null ? "the file" : "--classes")} names {names.Count}: {Listed(names)}.",
                given is null ? RunFault.Input : RunFault.Request
            );
    }

    /// <summary>Fills a detector; it must have exactly the tensors of the file.</summary>
    /// <exception cref="RunException">It has not; nothing was changed.</exception>
    internal void Fill(Detector detector)
    {
        if (Foreign is { } foreign)
        {
            ImportedDetector.Load(detector, Path, foreign, otherClasses: false);
        }
        else
        {
            CheckpointFile.Load(Path, file, detector);
        }
    }

    /// <summary>The program whose file it was at first, also when it has become a checkpoint of ours.</summary>
    internal NameTable? Origin => Foreign?.Names ?? CheckpointFile.Origin(file);

    /// <summary>Tensors that only that program needs, by its names.</summary>
    internal IReadOnlyDictionary<string, StoredTensor> Beside => Foreign?.Beside ?? CheckpointFile.Beside(file);

    private static string Listed(IReadOnlyList<string> names)
    {
        const int Most = 8;
        string rest = names.Count > Most ? ", ..." : "";
        return string.Join(", ", names.Take(Most).Select(FileText.Shown)) + rest;
    }
}
