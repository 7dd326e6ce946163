using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>drcnn data convert: a data set in another layout.</summary>
internal static class DataConvertCommand
{
    /// <summary>Reads every split, and writes them with the same names.</summary>
    /// <exception cref="DataException">The data set cannot be used, or there is something where it would be written.</exception>
    public static void Run(DataConvertOptions options, Terminal terminal)
    {
        ReadData data = ReadData.Of(options.Choice, "data convert", options.Out, terminal.Output);
        WrittenData.Write(options.Out, data.Splits, data.LeftOut, options.Format, options.Link, terminal);
    }
}
