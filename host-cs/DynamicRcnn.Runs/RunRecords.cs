namespace DynamicRcnn.Runs;

/// <summary>One of the files that a run keeps while it goes on.</summary>
internal interface IRunRecord : IDisposable
{
    /// <summary>Adds an iteration.</summary>
    void Append(Stepped step);

    /// <summary>Adds an evaluation.</summary>
    void Append(Evaluated evaluated);
}

/// <summary>All files that a run keeps while it goes on, written together.</summary>
/// <param name="records">In the order in which they are written.</param>
internal sealed class RunRecords(IReadOnlyList<IRunRecord> records) : IRunRecord
{
    public void Append(Stepped step)
    {
        foreach (IRunRecord record in records)
        {
            record.Append(step);
        }
    }

    public void Append(Evaluated evaluated)
    {
        foreach (IRunRecord record in records)
        {
            record.Append(evaluated);
        }
    }

    public void Dispose()
    {
        foreach (IRunRecord record in records)
        {
            record.Dispose();
        }
    }
}
