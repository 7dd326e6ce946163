using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>drcnn config: every value of a configuration and where it came from.</summary>
internal static class ConfigCommand
{
    /// <exception cref="UsageException">The configuration is not valid; every problem is named.</exception>
    public static void Run(ConfigChoice choice, Terminal terminal)
    {
        ResolvedConfig resolved = Configuration.Require(ConfigText.Resolve(Configuration.Sources(choice)));
        int path = resolved.Origins.Max(origin => origin.Path.Length);
        int value = resolved.Origins.Max(origin => origin.Value.Length);
        foreach (ConfigOrigin origin in resolved.Origins)
        {
            terminal.Output.WriteLine($"{origin.Path.PadRight(path)}  {origin.Value.PadRight(value)}  {origin.Origin}");
        }
    }
}
