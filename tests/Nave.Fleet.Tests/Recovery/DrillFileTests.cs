using Nave.Fleet.Settings;
using Nave.Fleet.Recovery;

namespace Nave.Fleet.Tests.Recovery;

public sealed class DrillFileTests
{
    [Fact]
    public void A_file_is_read_with_variables_in_it()
    {
        var drill = DrillFile.Parse(
            """
            primary: { data: .nave }
            secondary:
              connectionString: ${NEW_HUB}
              ca: new.pem
            devices: 1000
            interval: 500ms
            before: 1m
            back: false
            lose: systemctl kill -s KILL nave
            sendingAgainWithin: 10s
            mirror: { folder: mirror/, running: true, consumerGroup: mirror }
            """,
            "drill.yaml",
            name => name == "NEW_HUB" ? "HostName=new.example.com" : null);
        Assert.Equal((".nave", "HostName=new.example.com", "new.pem"), (drill.Primary.Data, drill.Secondary.ConnectionString, drill.Secondary.Ca));
        Assert.Equal((1000, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1), false), (drill.Devices, drill.Interval, drill.Before, drill.Back));
        Assert.Equal(("mirror/", true, "mirror"), (drill.MirrorFolder, drill.MirrorRuns, drill.MirrorGroup));
        Assert.Equal(TimeSpan.FromSeconds(10), drill.SendingAgainWithin);
    }

    [Fact]
    public void Every_problem_of_a_file_is_told_at_once()
    {
        var refused = Assert.Throws<ConfigurationFileException>(() => DrillFile.Parse(
            """
            primary: { }
            devices: 0
            transport: carrier pigeon
            lose: reboot
            mirror: { running: true }
            sped: 1
            """,
            "drill.yaml",
            _ => null));
        foreach (var word in (string[])["'primary' names no hub", "'secondary' is missing", "'devices' is '0'", "carrier pigeon", "'lose' has no 'recover'", "folder: DIR is needed", "'sped' is not known"])
        {
            Assert.Contains(refused.Problems, problem => problem.Contains(word, StringComparison.Ordinal));
        }
    }
}
