using DynamicRcnn.Training.Tests.Distributed;

// The tests, or one process of a job that one of them starts.
return args is [RankProgram.Argument, var name]
    ? RankProgram.Run(name)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
