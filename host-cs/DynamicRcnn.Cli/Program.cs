namespace DynamicRcnn.Cli;

/// <summary>The process: arguments in, exit code out. Nothing else touches the console.</summary>
internal static class Program
{
    private const int DefaultColumns = 120;

    public static int Main(string[] arguments)
    {
        int? columns =
            Console.IsOutputRedirected ? null
            : Console.WindowWidth > 0 ? Console.WindowWidth
            : DefaultColumns;
        return CommandHost.Run(arguments, new Terminal(Console.Out, Console.Error, columns, Console.In));
    }
}
