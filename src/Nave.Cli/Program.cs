using Nave.Cli;
using Nave.Cli.Output;

var console = new CliConsole(Console.Out, Console.Error, Console.In) { IsTerminal = !Console.IsOutputRedirected };
return await NaveCommand.RunAsync(args, console, CancellationToken.None);
