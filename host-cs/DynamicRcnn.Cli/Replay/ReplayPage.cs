using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Report;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>The curves of a replay on the report's page: beside the run each setting, as a run that has recorded its schedule alone.</summary>
internal static class ReplayPage
{
    /// <summary>Of a folder, in letters; file systems take 255 bytes.</summary>
    private const int LongestName = 80;

    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="RunException">A file of the run is damaged.</exception>
    public static void Write(string path, RunFolder run, IReadOnlyList<ReplayedSetting> others)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("drcnn-replay-");
        try
        {
            string[] roots =
            [
                .. others.Zip(ReplayReport.Marks.Skip(1), (setting, mark) => Record(folder, mark, setting)),
            ];
            RunReport.Write(path, RunSource.Open([run.Root, .. roots]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <returns>The folder, which is named as the table names the setting.</returns>
    private static string Record(DirectoryInfo folder, char mark, ReplayedSetting setting)
    {
        string name = $"{mark} {setting.Name.Replace('/', '-')}";
        string shown = name.Length <= LongestName ? name : name[..LongestName];
        RunFolder run = RunFolder.Unused(folder.CreateSubdirectory(shown).FullName);
        File.WriteAllText(run.ConfigPath, ConfigText.Write(setting.Config));
        ReplayCurve curve = setting.Curve;
        IEnumerable<string> lines = Enumerable
            .Range(0, curve.Betas.Length)
            .Select(place =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{{\"iteration\":{place + 1},\"iou_threshold\":{curve.IoUThresholds[place]:R},\"beta\":{curve.Betas[place]:R}}}"
                )
            );
        File.WriteAllLines(run.LogPath, lines);
        return run.Root;
    }
}
