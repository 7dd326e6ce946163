using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Cli;

/// <summary>drcnn convert: a detector or a backbone with other names or in another format. Elements keep their bits.</summary>
internal static class ConvertCommand
{
    /// <exception cref="UsageException">The output is there already, or an option is missing or does not fit the input.</exception>
    /// <exception cref="RunException">The input cannot be used, or the output cannot be written.</exception>
    public static void Run(ConvertOptions options, Terminal terminal)
    {
        string input = RunFolder.FindCheckpoint(options.Input);
        RequireFree(input, options.Output);
        TensorFile file = WeightFile.Read(input);
        if (DetectorFile.TryOf(input, file) is { } detector)
        {
            Convert(detector, options, terminal.Output);
        }
        else if (BackboneFile.TryOf(input, file) is { } backbone)
        {
            Convert(input, backbone, options, terminal.Output);
        }
        else
        {
            throw new RunException(
                $"{input}: neither a detector nor a backbone is in it; expected a checkpoint of a run, or the names of {string.Join(", ", NameTables.All.Select(table => table.Title))} or of Caffe2, but {WeightProblems.Found(file)}."
            );
        }
    }

    private static void RequireFree(string input, string output)
    {
        if (Path.GetFullPath(input) == Path.GetFullPath(output))
        {
            throw new UsageException([$"{output}: the output is the input; name another file"]);
        }

        if (Path.Exists(output))
        {
            throw new UsageException([$"{output}: there is such a file already; name another one"]);
        }
    }

    private static void Convert(DetectorFile file, ConvertOptions options, TextWriter output)
    {
        NameTable? target = Table(options.Names);
        bool hasConfig = Configuration.Recorded(file) is not null || options.Choice.NamesOne;
        RequirePossible(options, target, hasConfig);
        ResolvedConfig? resolved = target is null || hasConfig ? Configuration.Of(file, options.Choice) : null;
        IReadOnlyList<string>? given = ClassNameArgument.Read(options.Classes);
        IReadOnlyList<ClassName>? classes =
            target is null || given is not null || file.ClassNames is not null ? file.Classes(given) : null;
        DetectorStructure structure = resolved is null
            ? file.Structure
            : DetectorStructure.Of(resolved.Config.Model, file.Structure.ClassCount);
        WeightInventory inventory = DetectorConversion.Inventory(file, structure);
        WriteHead(file, inventory, classes, output);
        RequireWhole(file.Path, inventory);
        if (target is null)
        {
            DetectorConversion.WriteCheckpoint(options.Output, file, resolved!, classes!);
            output.WriteLine(
                $"{options.Output}: a checkpoint of this program for {Amount.Count(classes!.Count, "class", "classes")}"
            );
        }
        else
        {
            int count = DetectorConversion.WriteForeign(
                options.Output,
                file,
                target,
                resolved?.Config.Model,
                classes?.Select(name => name.Name).ToArray()
            );
            output.WriteLine($"{options.Output}: {Amount.Count(count, "tensor")} with the names of {target.Title}");
            WriteNotes(file, target, classes, options.Output, output);
        }
    }

    private static void RequirePossible(ConvertOptions options, NameTable? target, bool hasConfig)
    {
        if (target is null && WeightOutput.IsPth(options.Output))
        {
            throw new UsageException([
                $"{options.Output}: a checkpoint of this program is {WeightOutput.Safetensors}; name such an output, or another program with --names",
            ]);
        }

        if (!hasConfig && options.Choice.Sets.Length > 0)
        {
            throw new UsageException(["--set changes a configuration; give one with --preset NAME or --config FILE"]);
        }
    }

    private static void Convert(string input, BackboneFile backbone, ConvertOptions options, TextWriter output)
    {
        if (!options.Names.IsOurs && !options.Names.IsTorchvision)
        {
            throw new UsageException([
                $"{input}: a backbone alone is written with torchvision's names; leave --names out",
            ]);
        }

        if (options.Classes is not null || options.Choice.NamesOne || options.Choice.Sets.Length > 0)
        {
            throw new UsageException([
                $"{input}: a backbone alone has no classes and needs no configuration; leave --classes, --preset, --config and --set out",
            ]);
        }

        output.WriteLine($"{input}: a backbone{(backbone.IsCaffe ? " with the names of Caffe2" : "")}");
        WriteLines(
            [.. backbone.Inventory.Lines(), .. PrefixLines(backbone.Prefix), .. NoteLines(backbone.Notes)],
            output
        );
        if (backbone.Inventory.Wrong.Count > 0)
        {
            throw Unfit(input, backbone.Inventory);
        }

        int count = backbone.Write(options.Output);
        output.WriteLine(
            $"{options.Output}: {Amount.Count(count, "tensor")} with torchvision's names; unknown ones are left out"
        );
        if (backbone.IsCaffe)
        {
            output.WriteLine(
                "note: its batch norms are for an epsilon of 0 (model.backbone.normEpsilon=0) and its input is BGR"
            );
        }
    }

    private static void WriteHead(
        DetectorFile file,
        WeightInventory inventory,
        IReadOnlyList<ClassName>? classes,
        TextWriter output
    )
    {
        string names = file.Foreign is { } foreign
            ? $"a detector with the names of {foreign.Names.Title}"
            : "a checkpoint of this program";
        output.WriteLine($"{file.Path}: {names}");
        string known = classes is null
            ? $"{file.Structure.ClassCount}, whose names are not known (--classes a,b,c gives them)"
            : $"{classes.Count} ({string.Join(", ", classes.Select(name => FileText.Shown(name.Name)))})";
        WriteLines(
            [
                .. inventory.Lines(),
                .. PrefixLines(file.Foreign?.Prefix ?? ""),
                .. NoteLines(file.Notes),
                $"  classes     {known}",
            ],
            output
        );
    }

    private static void WriteNotes(
        DetectorFile file,
        NameTable target,
        IReadOnlyList<ClassName>? classes,
        string path,
        TextWriter output
    )
    {
        if (file.Foreign?.Names != target)
        {
            output.WriteLine(
                "note: names and the order of the classes' rows change, numbers do not; boxes, RoIAlign, input and the batch norms' epsilon must be as in the training"
            );
        }

        if (file.Structure.Stages > 1 && file.Foreign?.Names != target)
        {
            string scores = target == NameTables.Detectron2 ? "probabilities" : "logits";
            output.WriteLine(
                $"note: {target.Title} takes the mean of the stages' {scores} for a score (model.cascade.scores)"
            );
        }

        if (classes is not null && target.Form == PthForm.StateDict && WeightOutput.IsPth(path))
        {
            output.WriteLine($"note: a .pth of {target.Title} has no place for the names of the classes");
        }
    }

    private static IEnumerable<string> NoteLines(IReadOnlyList<string> notes) =>
        notes.Select(note => $"  note        {note}");

    private static IEnumerable<string> PrefixLines(string prefix) =>
        prefix.Length == 0 ? [] : [$"  dropped     '{FileText.Shown(prefix)}', which the model's names begin with"];

    private static void WriteLines(IEnumerable<string> lines, TextWriter output)
    {
        foreach (string line in lines)
        {
            output.WriteLine(line);
        }
    }

    private static void RequireWhole(string path, WeightInventory inventory)
    {
        if (!inventory.IsWhole)
        {
            throw Unfit(path, inventory);
        }
    }

    private static RunException Unfit(string path, WeightInventory inventory) =>
        new(
            $"{path}: missing tensors: {inventory.Missing.Count}, unknown: {inventory.Unknown.Count}, wrong: {inventory.Wrong.Count}; nothing was written."
        );

    private static NameTable? Table(WeightNames names) =>
        names.IsOfficial ? NameTables.Official
        : names.IsMMDetection ? NameTables.MMDetection
        : names.IsMMDetection1 ? NameTables.MMDetection1
        : names.IsDetectron2 ? NameTables.Detectron2
        : names.IsTorchvision ? NameTables.Torchvision
        : null;
}
