using System.Globalization;
using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>drcnn presets: each preset with what it is for.</summary>
internal static class PresetsCommand
{
    public static void Run(Terminal terminal)
    {
        foreach (Preset preset in Presets.All)
        {
            terminal.Output.WriteLine(preset.Name);
            terminal.Output.WriteLine($"    {preset.Purpose}");
            terminal.Output.WriteLine($"    {preset.Use}");
            if (preset.PublishedAP is { } ap)
            {
                terminal.Output.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"    Published AP on COCO val2017: {ap:F1}")
                );
            }
        }

        terminal.Output.WriteLine();
        terminal.Output.WriteLine("drcnn config NAME prints every value of one.");
    }
}
