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
        object? wrapped = wrappers
            .Select(wrapper => dictionary?.GetValueOrDefault(wrapper))
            .FirstOrDefault(value => value is Dictionary<object, object?> or SkippedObject);
        if ((wrapped ?? root) is SkippedObject whole)
        {
            throw new RunException(
                $"{path}: it holds an object of '{whole}', not a state dict; expected what torch.save(model.state_dict(), ...) writes."
            );
        }
        dictionary = wrapped as Dictionary<object, object?> ?? dictionary;
        Dictionary<string, PthTensor> tensors = [];
        foreach ((object key, object? value) in dictionary ?? [])
        {
            if (key is string name && Tensor(path, name, value) is { } tensor)
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

    private static PthTensor? Tensor(string path, string name, object? value) =>
        value is SkippedObject skipped
            ? throw new RunException(
                $"{path}: '{FileText.Shown(name)}' is an object of '{skipped}' among the weights; expected a tensor."
            )
            : value as PthTensor;
}
