namespace DynamicRcnn.Cli;

internal static class Program
{
    public static int Main()
    {
        DoctorCommand.Examine(null).Write(Console.Out);
        return 0;
    }
}
