<?php
/* What Icinga Web's own module makes of a file: businessprocess.php FILE CONFIGDIR, on standard input JSON with the state of each
 * service, as "host;service": 2. Prints JSON: the services that the file names, each process's state, the roots. */
use Icinga\Application\Cli;
use Icinga\Module\Businessprocess\ServiceNode;
use Icinga\Module\Businessprocess\Storage\LegacyConfigParser;

require_once 'Icinga/Application/Cli.php';
Cli::start('/usr/share/icingaweb2', $argv[2])->getModuleManager()
    ->loadModule('businessprocess', '/usr/share/icingaweb2/modules/businessprocess');

$bp = LegacyConfigParser::parseFile('mailtls', $argv[1]);
$states = json_decode(stream_get_contents(STDIN), true);
$services = [];
foreach ($bp->getNodes() as $name => $node) {
    if ($node instanceof ServiceNode) {
        $services[] = $name;
        $node->setState($states[$name] ?? 0);
    }
}
$processes = [];
foreach ($bp->getBpNodes() as $name => $node) {
    $processes[$name] = $node->getStateName();
}
echo json_encode(['services' => $services, 'processes' => $processes, 'roots' => array_keys($bp->getRootNodes()),
    'title' => $bp->getTitle(), 'errors' => $bp->getErrors()]), "\n";
