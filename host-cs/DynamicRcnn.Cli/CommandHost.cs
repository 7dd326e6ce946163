using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>Runs one command line. Every failure becomes a sentence and an exit code here and nowhere else.</summary>
internal static class CommandHost
{
    private const string VerboseOption = "--verbose";

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors) =>
        Run(arguments, new Terminal(output, errors));

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "The end of the program: every failure becomes an exit code.")]
    public static int Run(string[] arguments, Terminal terminal)
    {
        try
        {
            Parsed<Command> command = CommandParser.Parse(arguments);
            if (!command.IsOk)
            {
                throw new UsageException(command.Problems);
            }

            Run(command.Value, arguments, terminal);
            return ExitCode.Done;
        }
        catch (Exception error)
        {
            return Failure.Report(error, arguments.Contains(VerboseOption, StringComparer.Ordinal), terminal.Errors);
        }
    }

    private static void Run(Command command, string[] arguments, Terminal terminal)
    {
        switch (command)
        {
            case Command.Help { Page: var help }:
                terminal.Output.Write(help.Text);
                break;
            case { IsVersion: true }:
                terminal.Output.WriteLine($"drcnn {DoctorCommand.Version}");
                break;
            case { IsPresets: true }:
                PresetsCommand.Run(terminal);
                break;
            case Command.Config { Choice: var choice }:
                ConfigCommand.Run(choice, terminal);
                break;
            case Command.Experiment { Options: var options }:
                ExperimentCommand.Run(options, terminal);
                break;
            case Command.Report { Options: var options }:
                ReportCommand.Run(options, terminal);
                break;
            case Command.Watch { Options: var options }:
                WatchCommand.Run(options, terminal);
                break;
            case Command.Doctor { Options: var options }:
                DoctorCommand.Run(options, terminal);
                break;
            case Command.Inspect { Options: var options }:
                InspectCommand.Run(options, terminal);
                break;
            case Command.DataConvert { Options: var options }:
                DataConvertCommand.Run(options, terminal);
                break;
            case Command.DataSplit { Options: var options }:
                DataSplitCommand.Run(options, terminal);
                break;
            case Command.DataReview { Options: var options }:
                DataReviewCommand.Run(options, terminal);
                break;
            case Command.DataDraw { Options: var options }:
                DataDrawCommand.Run(options, terminal);
                break;
            case Command.Replay { Options: var options }:
                ReplayCommand.Run(options, terminal);
                break;
            case Command.EvalResults { Options: var options }:
                EvalResultsCommand.Run(options, terminal);
                break;
            case Command.EvalCheckpoint { Options: var options }:
                EvalCheckpointCommand.Run(options, terminal);
                break;
            case Command.Predict { Options: var options }:
                PredictCommand.Run(options, terminal);
                break;
            case Command.Convert { Options: var options }:
                ConvertCommand.Run(options, terminal);
                break;
            case Command.Export { Options: var options }:
                ExportCommand.Run(options, terminal);
                break;
            case Command.Train { Options: var options }:
                TrainJob.Run(options, arguments, terminal);
                break;
            case Command.Bench { Options: var options }:
                BenchCommand.Run(options, terminal);
                break;
            case Command.Demo { Options: var options }:
                DemoCommand.Run(options, terminal);
                break;
            default:
                throw new UnreachableException($"no command for {command}");
        }
    }
}
