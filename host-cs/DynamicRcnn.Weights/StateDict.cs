using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>Reads the weights out of what a pickle describes, under whatever key they are; see <see cref="StateDictSearch"/>.</summary>
internal static class StateDict
{
    private const string Momentum = "_momentum";
    private const int MostKeys = 12;

    /// <summary>Its tensors, row-major, under their names; momenta of Caffe2 and entries that are no tensors are left out.</summary>
    /// <param name="path">For sentences.</param>
    /// <param name="root">What the pickle describes: a state dict, or a dictionary with one somewhere in it.</param>
    /// <param name="elements">Where the tensors' elements are; those of arrays are in the pickle.</param>
    /// <exception cref="RunException">There is no state dict, or several alike, or a tensor in it is broken.</exception>
    public static TensorFile Read(string path, object? root, PthElements elements)
    {
        if (root is SkippedObject whole)
        {
            throw new RunException(
                $"{path}: it holds an object of '{whole}', not a state dict; expected what torch.save(model.state_dict(), ...) writes."
            );
        }
        StateDictPlace place =
            StateDictSearch.Find(path, root)
            ?? throw new RunException(
                $"{path}: no state dict is in it{Contents(": ", root)}; expected tensors by name, alone or in a dictionary under any key."
            );
        Dictionary<string, StoredTensor> tensors = [];
        foreach ((object key, object? value) in place.Items)
        {
            if (key is string name && Tensor(path, name, value, elements) is { } tensor)
            {
                tensors.Add(name, tensor);
            }
        }
        return new TensorFile(NamePrefix.WithoutWrappers(tensors), ClassNameText.OfPickle(root))
        {
            Contents = place.Items == root ? "" : Contents("", root),
            Notes = place.Note is { } note ? [note] : [],
        };
    }

    /// <summary>Whether a value is a tensor, or an array that can be one.</summary>
    public static bool IsTensor(string name, object? value) =>
        value is PthTensor
        || (value is PickledArray { View: not null } && !name.EndsWith(Momentum, StringComparison.Ordinal));

    private static StoredTensor? Tensor(string path, string name, object? value, PthElements elements) =>
        value switch
        {
            SkippedObject skipped => throw new RunException(
                $"{path}: '{FileText.Shown(name)}' is an object of '{skipped}' among the weights; expected a tensor."
            ),
            PthTensor tensor => elements.Tensor(name, tensor),
            PickledArray { View: { } view } array when IsTensor(name, array) => elements.Tensor(name, view, array.Data),
            _ => null,
        };

    /// <summary>What a dictionary holds, key by key, for a sentence; nothing for an empty one.</summary>
    private static string Contents(string before, object? root)
    {
        if (root is not Dictionary<object, object?> { Count: > 0 } dictionary)
        {
            return "";
        }
        string rest = dictionary.Count > MostKeys ? $" and {dictionary.Count - MostKeys} more keys" : "";
        return before
            + string.Join(
                ", ",
                dictionary.Take(MostKeys).Select(pair => $"'{FileText.Shown($"{pair.Key}")}' is {Kind(pair.Value)}")
            )
            + rest;
    }

    private static string Kind(object? value) =>
        value switch
        {
            null => "None",
            SkippedObject skipped => $"an object of '{skipped}', not a tensor",
            PthTensor => "a tensor",
            PickledArray array => array.View is null ? "an array that no tensor can be" : "an array",
            Dictionary<object, object?> dictionary => dictionary.Count(pair =>
                pair.Key is string name && IsTensor(name, pair.Value)
            )
                is > 0
                    and var count
                ? $"a dictionary of {WeightReport.Tensors(count)}"
                : "a dictionary without tensors",
            List<object?> or object?[] => "a list",
            bool or long or double => "a number",
            _ => "a text",
        };
}
