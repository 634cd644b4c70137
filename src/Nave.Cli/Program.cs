using System.Text;
using Nave.Cli;
using Nave.Cli.Output;

// Buffered: a million lines are not a million writes. Who streams flushes.
await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 64 * 1024)
{
    AutoFlush = !Console.IsOutputRedirected,
};
var console = new CliConsole(output, Console.Error, Console.In) { IsTerminal = !Console.IsOutputRedirected, IsErrorTerminal = !Console.IsErrorRedirected };
return await NaveCommand.RunAsync(args, console, CancellationToken.None);
