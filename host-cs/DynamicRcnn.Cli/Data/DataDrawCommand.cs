using DynamicRcnn.CommandLine;
using DynamicRcnn.Data.Demo;

namespace DynamicRcnn.Cli;

/// <summary>drcnn data draw: a data set whose every property is known, to try settings on.</summary>
internal static class DataDrawCommand
{
    /// <summary>Draws the images of both splits into a COCO folder.</summary>
    /// <exception cref="Data.DataException">There is something where it would be written.</exception>
    public static void Run(DataDrawOptions options, Terminal terminal)
    {
        (int fewest, int most) = options.Objects;
        (double smallest, double largest) = options.Sizes;
        DemoFolderOptions drawn = new(options.Seed, options.Images, options.ValidationImages)
        {
            Scene = new DemoSceneOptions(fewest, most, smallest, largest, options.ClassShares),
            LabelNoise = options.LabelNoise,
        };
        using (StopSignal stop = new(terminal.Errors.WriteLine, "image"))
        {
            DemoFolder.WriteWhole(options.Out, drawn, stop.Token);
        }

        terminal.Output.WriteLine(
            $"{options.Out}: {Amount.Count(options.Images, "image")} to train on and {options.ValidationImages} to evaluate on, as COCO"
        );
        if (options.LabelNoise > 0)
        {
            terminal.Output.WriteLine(
                $"  of the training labels {options.LabelNoise:P0} are missing, {options.LabelNoise:P0} have another class and {options.LabelNoise:P0} are badly placed, as drawn; those of val are exact"
            );
        }
    }
}
