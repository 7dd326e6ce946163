using System.Globalization;
using System.Text.Json.Nodes;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

public sealed class RunRecordsTests : IDisposable
{
    private readonly DrawnRun drawn = new();

    public void Dispose() => drawn.Dispose();

    [Fact]
    public void The_event_file_and_the_tables_hold_the_numbers_of_the_log()
    {
        drawn.Whole("run", "evaluation.validationLoss=true");
        JsonObject[] log =
        [
            .. File.ReadLines(FileOf("run", "log.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject()),
        ];

        List<ReadEvent> events = EventFileReader.Read(FileOf("run", "events.out.tfevents.drcnn"));
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal((true, 1L), (events[1].IsStart, events[1].Step!.Value));
        Assert.Equal(log.Select(line => (long)line["iteration"]!), events.Skip(2).Select(read => read.Step!.Value));
        foreach ((JsonObject line, ReadEvent read) in log.Zip(events.Skip(2)))
        {
            Dictionary<string, double> written = Numbers(line);
            Dictionary<string, float> found = read.Scalars.ToDictionary(
                pair => pair.Key.Split('/')[1],
                pair => pair.Value
            );
            Assert.Equal(written.Keys.Order(), found.Keys.Order());
            Assert.All(written, pair => Assert.Equal((float)pair.Value, found[pair.Key]));
        }
        ReadEvent step = events[2];
        Assert.All(
            ["train/loss", "train/learning_rate", "schedule/beta", "machine/seconds"],
            tag => Assert.Contains(tag, step.Scalars)
        );
        Assert.Contains(
            events,
            read => read.Scalars.ContainsKey("validation/AP") && read.Scalars.ContainsKey("validation/loss")
        );

        // The schedule is updated every 3 of the 8 iterations.
        Assert.Equal([3, 6], events.Where(read => read.Histograms.Count > 0).Select(read => read.Step!.Value));
        Assert.All(
            events.SelectMany(read => read.Histograms),
            pair =>
            {
                Assert.Equal("schedule/proposal_iou", pair.Key);
                Assert.All(pair.Value.Counts, count => Assert.True(count >= 0));
                Assert.InRange(pair.Value.Counts.Sum(), 1, 2000);
            }
        );

        // Each evaluation shows both images of the validation split.
        Assert.Equal([4, 8], events.Where(read => read.Pictures.Count > 0).Select(read => read.Step!.Value));
        Assert.All(
            events.Where(read => read.Pictures.Count > 0),
            read => Assert.Equal(["panel/00", "panel/01"], read.Pictures.Keys)
        );

        List<Dictionary<string, string>> steps = RunFiles.Table(FileOf("run", "metrics.csv"));
        Dictionary<string, double>[] logged = [.. log.Where(line => line["beta"] is not null).Select(Numbers)];
        Assert.Equal(logged.Length, steps.Count);
        foreach ((Dictionary<string, double> written, Dictionary<string, string> row) in logged.Zip(steps))
        {
            Assert.All(
                written,
                pair => Assert.Equal(pair.Value, double.Parse(row[pair.Key], CultureInfo.InvariantCulture))
            );
        }
        Assert.Equal(["4", "8"], RunFiles.Table(FileOf("run", "evaluations.csv")).Select(row => row["iteration"]));
    }

    [Fact]
    public void A_resumed_run_loses_and_doubles_no_event_and_no_row()
    {
        drawn.Whole("whole");
        using (TrainingRun first = drawn.Start("parts", drawn.Config()))
        {
            // The process ends at iteration 5, the last checkpoint is that of iteration 3.
            _ = first.ToEnd(CancellationToken.None).First(happened => happened is Stepped { State.Iteration: 5 });
        }
        string events = FileOf("parts", "events.out.tfevents.drcnn");
        byte[] torn = File.ReadAllBytes(events)[..^7];
        File.WriteAllBytes(events, torn);
        // Half a row, whose number alone looks like one to keep.
        File.AppendAllText(FileOf("parts", "metrics.csv"), "1");
        using (TrainingRun second = drawn.Resume("parts", drawn.Config()))
        {
            Assert.Equal(3, second.Iteration);
            _ = second.ToEnd(CancellationToken.None).Last();
        }
        Assert.Equal(RunFiles.Rows(FileOf("whole", "metrics.csv")), RunFiles.Rows(FileOf("parts", "metrics.csv")));
        Assert.Equal(
            RunFiles.Rows(FileOf("whole", "evaluations.csv")),
            RunFiles.Rows(FileOf("parts", "evaluations.csv"))
        );
        Assert.Equal(RunFiles.Scalars(drawn.Folder("whole")), RunFiles.Scalars(drawn.Folder("parts")));
        Assert.Equal(torn, File.ReadAllBytes(events));
    }

    [Fact]
    public void A_table_from_before_its_last_columns_were_recorded_goes_on_with_them()
    {
        Directory.CreateDirectory(drawn.Folder("table"));
        string path = FileOf("table", "metrics.csv");
        File.WriteAllText(path, "iteration,loss\n1,0.5\n2,0.25\n3,1\n4");
        using (MetricsTable table = MetricsTable.Open(path, ["loss", "box_1", "box_2"], 2))
        {
            table.Append(3, [new RecordedValue("loss", 2), new RecordedValue("box_2", 4)]);
        }
        string[] expected = ["iteration,loss,box_1,box_2", "1,0.5,,", "2,0.25,,", "3,2,,4"];
        Assert.Equal(expected, File.ReadAllLines(path));
        using (MetricsTable table = MetricsTable.Open(path, ["loss", "box_1", "box_2"], 3)) { }
        Assert.Equal(expected, File.ReadAllLines(path));
    }

    [Fact]
    public void A_run_that_goes_on_begins_an_event_file_in_place_of_those_begun_there_or_later()
    {
        RunFolder folder = RunFolder.Unused(drawn.Folder("resumed"));
        folder.Make();
        foreach (int iteration in (int[])[0, 30, 9, 30, 30, 20])
        {
            using EventFile begun = new(folder, iteration);
        }
        Assert.Equal(
            ["", ".0000009", ".0000020"],
            folder.EventFiles().Order(StringComparer.Ordinal).Select(file => file.Split("events.out.tfevents.drcnn")[1])
        );
    }

    private string FileOf(string run, string name) => Path.Combine(drawn.Folder(run), name);

    /// <summary>The numbers of a line of the log, those of its parts included, but for what an event file does not take.</summary>
    private static Dictionary<string, double> Numbers(JsonObject line)
    {
        JsonObject[] parts = [line, .. line.Select(pair => pair.Value).OfType<JsonObject>()];
        string[] beside = line["evaluation"] is null ? ["iteration"] : ["iteration", "seconds", "images_left_out"];
        return parts
            .SelectMany(part => part)
            .Where(pair => pair.Value is JsonValue && !beside.Contains(pair.Key))
            .ToDictionary(pair => pair.Key, pair => (double)pair.Value!);
    }
}
