using DynamicRcnn.Training.Weights.Names;

namespace DynamicRcnn.Training.Weights;

/// <summary>Finds the state dict in what torch.save wrote, in whichever format.</summary>
internal static class StateDict
{
    private static readonly string[] wrappers = ["state_dict", "model"];

    /// <summary>Its tensors, row-major, under their names; entries that are no tensors are left out.</summary>
    /// <param name="path">For sentences.</param>
    /// <param name="root">What the pickle describes: a state dict, or a dictionary with one.</param>
    /// <param name="elements">Where the tensors' elements are.</param>
    /// <exception cref="RunException">There is no state dict, or a tensor in it is broken.</exception>
    public static TensorFile Read(string path, object? root, PthElements elements) =>
        new(
            Tensors(path, root).ToDictionary(pair => pair.Key, pair => elements.Tensor(pair.Key, pair.Value)),
            ClassNameText.OfPickle(root)
        );

    private static IReadOnlyDictionary<string, PthTensor> Tensors(string path, object? root)
    {
        Dictionary<object, object?>? dictionary = root as Dictionary<object, object?>;
        dictionary =
            wrappers
                .Select(wrapper => dictionary?.GetValueOrDefault(wrapper))
                .OfType<Dictionary<object, object?>>()
                .FirstOrDefault()
            ?? dictionary;
        Dictionary<string, PthTensor> tensors = [];
        foreach ((object key, object? value) in dictionary ?? [])
        {
            if (key is string name && value is PthTensor tensor)
            {
                tensors.Add(name, tensor);
            }
        }
        if (tensors.Count == 0)
        {
            throw new RunException(
                $"{path}: no state dict is in it; expected tensors by name, alone or under {string.Join(" or ", wrappers)}."
            );
        }
        return NamePrefix.WithoutModule(tensors);
    }
}
