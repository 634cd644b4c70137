using System.Net.Sockets;
using System.Security.Authentication;
using Nave.Client;
using Nave.Fleet.Recovery;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Settings;
using Nave.Fleet.Simulation;
using Nave.Fleet.Sync.Applying;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Hosting;
using Nave.Fleet.Sync.Providers;

namespace Nave.Cli;

/// <summary>Tells failures that a user can do something about from bugs, which keep their stack trace.</summary>
internal static class Failure
{
    private const string CaHint = "If the hub has a development CA, name its file with --ca.";

    /// <summary>Gets the sentence and the exit code for an expected failure.</summary>
    public static bool TryDescribe(Exception exception, out string message, out int exitCode)
    {
        (message, exitCode) = exception switch
        {
            CliException e => (e.Message, e.ExitCode),
            SimulationFileException e => (e.Message, ExitCodes.Usage),
            SyncConfigurationException e => (e.Message, ExitCodes.Usage),
            SyncServerException e => (e.Message, ExitCodes.Usage),
            RecoveryException e => (e.Message, ExitCodes.Failure),
            ProviderException or SyncStoppedException => (exception.Message, ExitCodes.Failure),
            ConfigurationFileException e => (e.Message, ExitCodes.Usage),
            SinkUnavailableException or SinkRefusedException => (exception.Message, ExitCodes.Failure),
            HubException or DeviceClientException or TimeoutException => (WithCause(exception), ExitCodes.Failure),
            AmqpPeerException e => (e.InnerException is AuthenticationException ? $"{e.Message} {CaHint}" : e.Message, ExitCodes.Failure),
            HttpRequestException e => ($"The hub cannot be reached: {Reason(e)}", ExitCodes.Failure),
            OperationCanceledException => ("Stopped.", ExitCodes.Failure),
            ArgumentException or FormatException => (WithoutParameter(exception.Message), ExitCodes.Usage),
            IOException or UnauthorizedAccessException or InvalidOperationException or InvalidDataException or SocketException =>
                (WithCause(exception), ExitCodes.Failure),
            _ => (string.Empty, ExitCodes.Failure),
        };
        return message.Length > 0;
    }

    private static string WithCause(Exception exception) =>
        exception.InnerException is { } cause && !exception.Message.Contains(cause.Message, StringComparison.Ordinal)
            ? $"{exception.Message} {Reason(cause)}"
            : exception.Message;

    /// <summary>Gets what is at the root of a failure of the network.</summary>
    public static string Reason(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is AuthenticationException)
            {
                return $"{e.Message} {CaHint}";
            }
        }

        return exception.InnerException is { } inner ? Reason(inner) : exception.Message;
    }

    // ArgumentException adds the name of a parameter, which means nothing on a command line.
    private static string WithoutParameter(string message)
    {
        var at = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return at < 0 ? message : message[..at];
    }
}
