using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Nave.Cli;

/// <summary>Logs go to stderr, so that stdout holds results only.</summary>
internal static class Logging
{
    public static void Configure(ILoggingBuilder builder, LogLevel level, LogFormat format)
    {
        builder.SetMinimumLevel(level);
        builder.AddFilter("Microsoft", level > LogLevel.Debug ? LogLevel.Warning : level);

        // A port that may not be bound is told in one sentence by us; the host's stack trace beside it helps nobody.
        builder.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        if (format == LogFormat.Json)
        {
            builder.AddJsonConsole(options => options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ");
        }
        else
        {
            builder.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.TimestampFormat = "HH:mm:ss.fff ";
            });
        }
    }
}
