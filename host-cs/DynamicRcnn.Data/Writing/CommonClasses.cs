namespace DynamicRcnn.Data;

/// <summary>One list of classes for several splits, which may list theirs in different orders and with different ids.</summary>
internal static class CommonClasses
{
    /// <summary>
    /// The splits with labels that are places in one list: the training split's classes (else the first split's), then those that others
    /// have besides, found by their names. Ids stay where all of them are different and at least 1; else they count from 1.
    /// </summary>
    /// <exception cref="DataException">Two classes of a split have one name.</exception>
    internal static IReadOnlyList<Dataset> Of(IReadOnlyList<Dataset> splits)
    {
        ClassName[] classes =
        [
            .. splits
                .OrderBy(split => split.Split == "train" ? 0 : 1)
                .SelectMany(Distinct)
                .DistinctBy(known => known.Name),
        ];
        bool idsStay =
            classes.All(known => known.Id >= 1) && classes.DistinctBy(known => known.Id).Count() == classes.Length;
        ClassName[] numbered = idsStay ? classes : [.. classes.Select((known, place) => known with { Id = place + 1 })];
        Dictionary<string, int> labels = numbered.Select((known, label) => (known.Name, label)).ToDictionary();
        return
        [
            .. splits.Select(split =>
                split with
                {
                    Classes = numbered,
                    Images =
                    [
                        .. split.Images.Select(image =>
                            image with
                            {
                                Boxes =
                                [
                                    .. image.Boxes.Select(box =>
                                        box with
                                        {
                                            Label = labels[split.Classes[box.Label].Name],
                                        }
                                    ),
                                ],
                            }
                        ),
                    ],
                }
            ),
        ];
    }

    private static IReadOnlyList<ClassName> Distinct(Dataset split)
    {
        string? twice = split
            .Classes.GroupBy(known => known.Name, StringComparer.Ordinal)
            .FirstOrDefault(group => group.Count() > 1)
            ?.Key;
        return twice is null
            ? split.Classes
            : throw new DataException(
                $"{split.Name}, split '{split.Split}': two classes are called '{twice}'; expected a name for each."
            );
    }
}
