using Nave.Fleet.Simulation.Templates;

namespace Nave.Fleet.Simulation;

/// <summary>The fleet that runs when nothing else is asked for: thermostats, each with a day of its own.</summary>
public static class DefaultFleet
{
    /// <summary>Gets what a thermostat sends.</summary>
    public static PayloadTemplate Payload { get; } = PayloadTemplate.Parse(
        """{"temperature":"{{round(sine(21, 4, 60s), 2)}}","humidity":"{{round(walk(45, 2, 20, 80), 1)}}","count":"{{counter(1)}}","time":"{{timestamp()}}"}""");

    /// <summary>Makes a fleet whose devices each send <c>{"Temperature":21.3}</c> every 5 s, JSON in UTF-8, and nothing else.</summary>
    /// <param name="devices">How many devices.</param>
    /// <param name="duration">How long it runs; <see langword="null"/> = until it is told to stop.</param>
    public static SimulationDefinition Temperature(int devices, TimeSpan? duration) => new()
    {
        For = duration,
        Groups =
        [
            new DeviceGroup
            {
                Name = "thermometer",
                Count = devices,
                Id = DeviceIdPattern.Parse("thermometer-{0000}"),
                Interval = TimeSpan.FromSeconds(5),
                Payload = PayloadTemplate.Parse("""{"Temperature":"{{round(sine(21, 4, 10m), 1)}}"}"""),
                ContentType = "application/json",
                ContentEncoding = "utf-8",
            },
        ],
    };

    /// <summary>Makes the fleet.</summary>
    /// <param name="devices">How many devices.</param>
    /// <param name="perSecond">Messages of each device a second.</param>
    /// <param name="duration">How long it runs; <see langword="null"/> = until it is told to stop.</param>
    public static SimulationDefinition Create(int devices, double perSecond, TimeSpan? duration) => new()
    {
        For = duration,
        Groups =
        [
            new DeviceGroup
            {
                Name = "thermostat",
                Count = devices,
                Id = DeviceIdPattern.Parse("thermostat-{0000}"),
                Interval = TimeSpan.FromSeconds(1 / perSecond),
                Jitter = 0.2,
                Payload = Payload,
                ContentType = "application/json",
                ContentEncoding = "utf-8",
                Reported = new ReportedUpdates(TimeSpan.FromSeconds(30), PayloadTemplate.Parse("""{"firmware":"1.4.2","uptime":"{{round(elapsed())}}"}""")),
                Methods = new Dictionary<string, MethodAnswer> { ["*"] = new(200, null, TimeSpan.Zero) },
            },
        ],
    };
}
