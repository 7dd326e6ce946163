namespace DynamicRcnn.Data;

/// <summary>The names of a data set's classes, of whatever format: what people, tables and terminals are shown.</summary>
internal static class ClassNames
{
    private const int Longest = 200;

    /// <summary>The data set with names that can be shown; those that were changed, or are there twice, are findings.</summary>
    /// <exception cref="DataException">A class has no name, or one that is no name by its length.</exception>
    internal static Dataset Checked(Dataset dataset)
    {
        FindingTally odd = new(FindingKind.ClassName);
        Dictionary<string, long> ids = new(StringComparer.Ordinal);
        ClassName[] classes =
        [
            .. dataset.Classes.Select(given => given with { Name = AnnotationText.Shown(given.Name.Trim()) }),
        ];
        foreach ((ClassName given, ClassName shown) in dataset.Classes.Zip(classes))
        {
            string place = $"{dataset.Name}: class id {shown.Id}";
            if (shown.Name.Length is 0 or > Longest)
            {
                throw new DataException(
                    $"{place} has a name of {shown.Name.Length} characters; expected 1 to {Longest}."
                );
            }
            if (shown.Name != given.Name)
            {
                odd.Add(
                    dataset.Name,
                    place,
                    $"the name has spaces around it or control characters; '{shown.Name}' is taken"
                );
            }
            if (!ids.TryAdd(shown.Name, shown.Id))
            {
                odd.Add(
                    dataset.Name,
                    place,
                    $"it is called '{shown.Name}' as class id {ids[shown.Name]} is; they stay two classes"
                );
            }
        }
        return odd.Findings.Count == 0
            ? dataset
            : dataset with
            {
                Classes = classes,
                Findings = [.. dataset.Findings, .. odd.Findings],
            };
    }
}
