using System.Collections;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

/// <summary>Modules under the names 0, 1, 2 ...</summary>
public sealed class ModuleList<T> : nn.Module, IReadOnlyList<T>
    where T : nn.Module
{
    private readonly T[] items;

    internal ModuleList(T[] modules)
        : base("ModuleList")
    {
        items = modules;
        for (int i = 0; i < modules.Length; i++)
        {
            register_module($"{i}", modules[i]);
        }
    }

    public int Count => items.Length;

    public T this[int index] => items[index];

    public IEnumerator<T> GetEnumerator() => items.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
