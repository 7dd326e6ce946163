using DynamicRcnn.Weights;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>What training scripts hand to torch.save, as a zip <c>.pth</c>: dictionaries in dictionaries, texts and tensors by name.</summary>
internal static class SavedTraining
{
    /// <param name="root">Values: another such dictionary, tensors by name, a tensor, or else a text.</param>
    public static byte[] Of(Dictionary<string, object> root)
    {
        Dictionary<string, byte[]> storages = [];
        PickleWriter pickle = new();
        Write(pickle, root);
        return PthBytes.Of(pickle.End(), storages);

        void Write(PickleWriter writer, object value)
        {
            switch (value)
            {
                case Dictionary<string, object> dictionary:
                    writer.Dictionary(items => All(items, dictionary));
                    break;
                case IReadOnlyDictionary<string, StoredTensor> tensors:
                    writer.OrderedDictionary(items =>
                        All(items, tensors.Select(pair => KeyValuePair.Create(pair.Key, (object)pair.Value)))
                    );
                    break;
                case StoredTensor tensor:
                    string key = $"{storages.Count}";
                    storages.Add(key, tensor.Data.ToArray());
                    writer.Tensor(tensor, key);
                    break;
                default:
                    writer.Text($"{value}");
                    break;
            }
        }

        void All(PickleWriter items, IEnumerable<KeyValuePair<string, object>> pairs)
        {
            foreach ((string name, object value) in pairs)
            {
                Write(items.Text(name), value);
            }
        }
    }
}
