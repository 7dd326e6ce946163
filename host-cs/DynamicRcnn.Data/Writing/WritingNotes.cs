namespace DynamicRcnn.Data;

/// <summary>What was written in another way than read, or left out: a clause for each kind, and how often.</summary>
internal sealed class WritingNotes
{
    private readonly Dictionary<string, int> counts = [];

    /// <summary>The clauses with their counts, in the order in which they came up.</summary>
    internal IReadOnlyList<string> Sentences => [.. counts.Select(note => $"{note.Key}: {note.Value}")];

    internal void Count(string clause, int count)
    {
        if (count > 0)
        {
            counts[clause] = counts.GetValueOrDefault(clause) + count;
        }
    }
}
