namespace DynamicRcnn.Data;

/// <summary>A text file with a class name in each line, in label order.</summary>
public static class ClassFile
{
    /// <summary>The file names that tools give it.</summary>
    internal static readonly IReadOnlyList<string> Names = ["classes.txt", "obj.names"];

    /// <summary>The first such file in the folders; null when there is none.</summary>
    internal static string? Find(params IEnumerable<string> folders) =>
        folders.Select(folder => FolderNames.File(folder, Names)).FirstOrDefault(file => file is not null);

    /// <summary>The names; empty lines at the end do not count.</summary>
    /// <exception cref="DataException">The file is empty, leaves a line out, or says a name twice.</exception>
    public static IReadOnlyList<string> Read(string file)
    {
        List<string> names = [.. AnnotationText.Lines(file).Select(line => line.Trim())];
        while (names.Count > 0 && names[^1].Length == 0)
        {
            names.RemoveAt(names.Count - 1);
        }
        if (names.Count == 0)
        {
            throw new DataException($"{file}: the file is empty; expected a class name in each line.");
        }
        for (int i = 0; i < names.Count; i++)
        {
            int before = names.IndexOf(names[i], 0, i);
            if (names[i].Length == 0 || before >= 0)
            {
                string problem = before >= 0 ? $"'{names[i]}', as line {before + 1}" : "empty";
                throw new DataException($"{file}: line {i + 1} is {problem}; expected each class name once.");
            }
        }
        return names;
    }
}
