using System.Text;
using Nave.Cli;
using Nave.Cli.Commands;
using Nave.Cli.Output;

namespace Nave.Fuzz.Tools;

/// <summary>The configuration file of <c>nave serve</c>.</summary>
internal sealed class ServeConfigTarget() : FuzzTarget("serve-yaml", Texts(
    "host: hub.test\nhttps-port: 0\npartitions: 4\nretention-hours: 1.5\nlog-level: Debug\n",
    "# nothing\ndata: /data\n"))
{
    private readonly ServeCommand _command = new(new CliConsole(TextWriter.Null, TextWriter.Null, TextReader.Null));

    public override IReadOnlyList<byte[]> Words { get; } = Texts("host: ", "mqtt-port: 99999999999", "config: x\n", "&a ", "*a", "{", "}", "[", "]", "'", "\"", "? ", ": ", "|\n", "---\n", "!!int ", "\t", "--", "@", "~", "owner-key: ");

    /// <summary>As for other YAML; the message of an unknown option names them all.</summary>
    /// <inheritdoc/>
    public override long AllocationLimit(int length) => (512 << 10) + (4096L * length);

    public override int Cost => 10;

    public override bool Execute(byte[] input)
    {
        try
        {
            ServeSettings.Parse(Encoding.UTF8.GetString(input), "f", _command, _command.Options);
            return true;
        }
        catch (CliException e) when (e.ExitCode == ExitCodes.Usage)
        {
            return false;
        }
    }
}
