using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Cli;

/// <summary>drcnn data review: labels that a detector contradicts, the likeliest mistakes first.</summary>
internal static class DataReviewCommand
{
    private const string PageName = "review.html";
    private const string ListName = "review.json";

    /// <summary>Looks at every image of the splits and writes the list and the page.</summary>
    /// <exception cref="UsageException">There are such files already, or nothing says which data are meant.</exception>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    /// <exception cref="RunException">The checkpoint cannot be used, or knows other classes.</exception>
    public static void Run(DataReviewOptions options, Terminal terminal)
    {
        string page = Path.Combine(options.Out, PageName);
        string list = Path.Combine(options.Out, ListName);
        PictureNames.RequireFree(page);
        PictureNames.RequireFree(list);
        string path = RunFolder.FindCheckpoint(options.Checkpoint);
        DetectorFile file = DetectorFile.Read(path);
        Config config = Configuration.Of(file, options.Choice).Config;
        DatasetSource source = EvalCheckpointCommand.SourceOf(file, config);
        if (source.IsEmpty)
        {
            throw new UsageException([$"data review: {options.Checkpoint} is of no run; name the data by --data PATH"]);
        }

        Configuration.RequireThere(source.Path, isOfRun: !options.Choice.NamesData);
        using TrainedDetector detector = TrainedDetector.Load(file, config, file.Classes(given: null));
        IReadOnlyList<string> splits = options.Split is { } only ? [only] : DatasetReader.Splits(source);
        Dataset[] reviewed =
        [
            .. (splits.Count > 0 ? splits : [TrainCommand.TrainSplit]).Select(split =>
                ClassLists.Align(path, detector.Classes, DatasetReader.Open(source, split))
            ),
        ];
        terminal.Output.WriteLine($"{path} looks at {source.Title}");
        List<SuspectLabel> suspects = [];
        int lost = 0;
        foreach (Dataset split in reviewed)
        {
            terminal.Output.WriteLine($"{ReadData.SplitName(split.Split)}: {ReadData.Contents(split)}");
            foreach (string warning in RunData.Warnings(path, split))
            {
                terminal.Output.WriteLine($"warning: {warning}");
            }

            lost += Review(detector, config.Model.Conventions.BoxOffset, split, suspects, terminal);
        }

        IReadOnlyList<SuspectLabel> ranked = LabelReview.Ranked(suspects);
        Directory.CreateDirectory(options.Out);
        ReviewList.Write(list, reviewed, ranked);
        ReviewPage.Write(page, source.Title, detector.Classes, ranked, options.Pictures);
        string counts = string.Join(
            ", ",
            ranked
                .GroupBy(suspect => suspect.Kind)
                .OrderBy(kind => kind.Key)
                .Select(kind => $"{kind.Count()} {ReviewList.Word(kind.Key)}")
        );
        terminal.Output.WriteLine($"{list}: {ranked.Count} places by how likely they are mistakes ({counts})");
        terminal.Output.WriteLine($"{page} shows the first {Math.Min(options.Pictures, ranked.Count)}");
        if (lost > 0)
        {
            throw new IncompleteException(
                ExitCode.BadInput,
                $"{Amount.Count(lost, "image")} could not be looked at, and are in no list"
            );
        }
    }

    /// <returns>Images that could not be decoded, each of which is named.</returns>
    private static int Review(
        TrainedDetector detector,
        int boxOffset,
        Dataset split,
        List<SuspectLabel> suspects,
        Terminal terminal
    )
    {
        var progress = new EvaluationProgress(split.Images.Count, terminal);
        int lost = 0;
        for (int place = 0; place < split.Images.Count; place++)
        {
            ImageRecord image = split.Images[place];
            (RgbImage? pixels, Finding? problem) = ImageCheck.Decode(image);
            if (pixels is null)
            {
                terminal.Errors.WriteLine($"drcnn: {problem!.Message}");
                lost++;
            }
            else
            {
                LabelledBox[] found = [.. detector.Detect(pixels).Select(box => ShownBoxes.Edges(box, boxOffset))];
                suspects.AddRange(
                    LabelReview.Of(image, LabelledBox.Inside(found, new ImageSize(image.Width, image.Height)))
                );
            }

            progress.Show(place + 1);
        }

        return lost;
    }
}
