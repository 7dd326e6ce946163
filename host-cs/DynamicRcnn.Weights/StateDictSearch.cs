using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>A dictionary with tensors.</summary>
/// <param name="Items">It.</param>
/// <param name="Key">Its keys from the outermost dictionary on, with dots between; empty for the outermost itself.</param>
/// <param name="Weights">Its tensors whose names end as those of layers do.</param>
/// <param name="Count">All its tensors.</param>
/// <param name="Note">What a reader of the log should know about the choice; null when there was none.</param>
internal sealed record StateDictPlace(
    Dictionary<object, object?> Items,
    string Key,
    int Weights,
    int Count,
    string? Note
);

/// <summary>
/// Finds the state dict among what a training saved, by what the dictionaries hold and not by their keys: the one with the most weights of layers. Of
/// weights and their moving averages the averages are taken, as a checkpoint of ours is read.
/// </summary>
internal static class StateDictSearch
{
    private const int MostLevels = 5;

    private static readonly string[] endings = [".weight", ".bias", ".running_mean", ".running_var"];

    /// <summary>Keys that alone say that the model's weights are there; of equal dictionaries the first of these is meant.</summary>
    private static readonly string[] usual =
    [
        "state_dict",
        "model",
        "blobs",
        "model_state_dict",
        "model_state",
        "net",
        "network",
        "weights",
        "params",
        "module",
    ];

    private static readonly string[] averages = ["ema", "average", "averaged", "avg", "shadow", "swa"];

    /// <returns>Null when there are no tensors by name.</returns>
    /// <exception cref="RunException">Several hold the same names, and nothing says which is meant.</exception>
    public static StateDictPlace? Find(string path, object? root)
    {
        List<StateDictPlace> places = Places(root as Dictionary<object, object?>);
        if (places.Count == 0)
        {
            return null;
        }
        StateDictPlace best = places.MaxBy(place => (place.Weights, place.Weights > 0 ? 0 : place.Count))!;
        StateDictPlace[] alike =
        [
            .. places.Where(place => place.Weights == best.Weights && (best.Weights > 0 || place.Count == best.Count)),
        ];
        if (alike.Length == 1)
        {
            return best with { Note = Note(best) };
        }
        StateDictPlace[] averaged = [.. alike.Where(IsAverage)];
        StateDictPlace[] plain = [.. alike.Except(averaged)];
        // mmengine saves the averages under state_dict, and what they were made of beside them.
        bool swapped = averaged.Any(place => place.Items.ContainsKey("steps"));
        StateDictPlace[] meant = averaged.Length == 0 || (swapped && plain.Length > 0) ? plain : averaged;
        StateDictPlace chosen =
            meant.Length == 1
                ? meant[0]
                : meant.Where(IsUsual).MinBy(place => Array.IndexOf(usual, Last(place)))
                    ?? throw new RunException(
                        $"{path}: weights of the same size are under {Listed(meant)}, and nothing says which are meant; save one of them in a file of its own."
                    );
        string kind = averaged.Length > 0 ? ", the moving averages," : "";
        return chosen with
        {
            Note =
                $"the weights under {Listed([chosen])}{kind} are taken; those under {Listed(alike.Where(place => place != chosen))} are left out",
        };
    }

    private static string? Note(StateDictPlace place) =>
        place.Key.Length == 0 || Array.IndexOf(usual, place.Key) is >= 0 and < 3
            ? null
            : $"the weights are those under {Listed([place])} ({WeightReport.Tensors(place.Count)})";

    private static string Listed(IEnumerable<StateDictPlace> places) =>
        string.Join(
            " and ",
            places.Select(place => place.Key.Length == 0 ? "no key" : $"'{FileText.Shown(place.Key)}'")
        );

    private static string Last(StateDictPlace place) => place.Key[(place.Key.LastIndexOf('.') + 1)..];

    private static bool IsUsual(StateDictPlace place) => usual.Contains(Last(place));

    private static bool IsAverage(StateDictPlace place) =>
        place.Key.Split('.', '_', '-').Any(word => averages.Contains(word.ToLowerInvariant()));

    /// <summary>Every dictionary with tensors, from the outermost inwards; one that holds itself is met once.</summary>
    private static List<StateDictPlace> Places(Dictionary<object, object?>? root)
    {
        List<StateDictPlace> places = [];
        List<(Dictionary<object, object?> Items, string Key)> level = root is null ? [] : [(root, "")];
        HashSet<object> met = new(ReferenceEqualityComparer.Instance);
        for (int depth = 0; depth < MostLevels && level.Count > 0; depth++)
        {
            List<(Dictionary<object, object?>, string)> next = [];
            foreach ((Dictionary<object, object?> items, string key) in level.Where(entry => met.Add(entry.Items)))
            {
                int count = 0;
                int weights = 0;
                foreach ((object inner, object? value) in items)
                {
                    if (inner is not string name)
                    {
                        continue; // an optimiser's numbered parameters
                    }
                    if (value is Dictionary<object, object?> { Count: > 0 } dictionary)
                    {
                        next.Add((dictionary, key.Length == 0 ? name : $"{key}.{FileText.Shown(name)}"));
                    }
                    else if (StateDict.IsTensor(name, value))
                    {
                        count++;
                        weights += endings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal)) ? 1 : 0;
                    }
                }
                if (count > 0)
                {
                    places.Add(new StateDictPlace(items, key, weights, count, Note: null));
                }
            }
            level = next;
        }
        return places;
    }
}
