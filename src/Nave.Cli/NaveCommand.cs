using System.CommandLine;
using System.CommandLine.Invocation;
using Nave.Cli.Bench;
using Nave.Cli.Commands;
using Nave.Cli.Fleets;
using Nave.Cli.Output;
using Nave.Cli.Storage;

namespace Nave.Cli;

/// <summary>The root of the command line: one class a command, and one place that turns failures into exit codes.</summary>
internal static class NaveCommand
{
    // A stop under load ends within 5 s; the process must not be cut off before.
    private static readonly TimeSpan s_terminationTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words after <c>nave</c>.</param>
    /// <param name="console">Where results and words go.</param>
    /// <param name="cancellationToken">Stops the command as SIGTERM does.</param>
    /// <returns>0 = done, 1 = failed, 2 = the command line itself is wrong.</returns>
    public static async Task<int> RunAsync(string[] arguments, CliConsole console, CancellationToken cancellationToken)
    {
        var error = console.Error;
        
        // '@' names a file whose content is a value, not more of the line.
        var parsed = Create(console).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });

        // Help, version and completion do not mind what is missing on the line.
        if (parsed.Action is ParseErrorAction)
        {
            await UsageError.WriteAsync(parsed, error);
            return ExitCodes.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = console.Out,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = s_terminationTimeout,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception e) when (Failure.TryDescribe(e, out var message, out var exitCode))
        {
            await error.WriteLineAsync($"nave: {message}");
            if (exitCode == ExitCodes.Usage)
            {
                await error.WriteLineAsync($"Try '{UsageError.PathOf(parsed.CommandResult.Command)} --help'.");
            }

            return exitCode;
        }
#pragma warning disable CA1031 // The last resort: a bug ends with exit code 1 like every failure, and keeps its stack trace.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await error.WriteLineAsync($"nave: this is a bug, please report it. {e}");
            return ExitCodes.Failure;
        }
        finally
        {
            await console.Out.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>Makes the whole tree of commands.</summary>
    public static RootCommand Create(CliConsole console) => new("Nave: a self-hosted IoT hub that speaks Azure IoT Hub's wire, and the tools around it.")
    {
        new ServeCommand(console),
        new StatusCommand(console),
        new ExportCommand(console),
        new ImportCommand(console),
        new BackupCommand(console),
        new CloneCommand(console),
        new MirrorCommand(console),
        new MergeCommand(console),
        new DrillCommand(console),
        new DemoCommand(console),
        new DevicesCommand(console),
        new TwinCommand(console),
        new JobsCommand(console),
        new MonitorCommand(console),
        new SendCommand(console),
        new InvokeCommand(console),
        new SimulateCommand(console),
        new SyncCommand(console),
        new ReplicateCommand(console),
        new ConfigurationsCommand(console),
        new HubCommand(console),
        new ConsumerGroupsCommand(console),
        new CertificatesCommand(console),
        new EnrollmentsCommand(console),
        new EnrollmentGroupsCommand(console),
        new RegistrationsCommand(console),
        new FsckCommand(console),
        new BenchCommand(console),
        new CompletionCommand(console),
    };
}
